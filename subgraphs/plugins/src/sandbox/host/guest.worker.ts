/**
 * A worker thread that runs programs in QuickJS, each in an instance of its own. Loads nothing outside of this folder, as nothing else is
 * mounted where it runs. Deadlines are polled by the engine between byte codes only; the host ends the thread if a native built-in runs longer.
 */
import { workerData } from 'node:worker_threads';
import { Guest, type GuestThread } from './guest.ts';
import { newInstance, type Instance } from './instance.ts';
import { Line } from './line.ts';
import type { Done, FromWorker, GuestData, HostCall, ToWorker } from './protocol.ts';

const { engine, prelude, memoryBytes, ...lineData } = workerData as GuestData;
const line = new Line(lineData);
const ended: GuestThread['ended'] = [];

type Load = ToWorker & { type: 'load' };

type Source = Load | (ToWorker & { type: 'evaluate' });

/** Calls of a series that have not begun, by the call that runs. */
interface Followers {
  calls: readonly Omit<HostCall, 'argument'>[];
  argument: string;
  deadline: number;
}

/** The programs of this thread. */
class Guests {
  private readonly guests = new Map<string, Guest>();
  private readonly sources = new Map<string, Load>();
  private readonly followers = new Map<number, Followers>();
  /** The program that ran last. */
  private last = '';
  /** An instance for the next program, if its memory is as large as that of others. */
  private spare: Instance | undefined;

  constructor(spare: Instance) {
    this.spare = spare;
  }

  work(message: ToWorker): FromWorker[] | Promise<FromWorker[]> {
    if (message.type === 'load' || message.type === 'evaluate') return this.begin(message);
    this.run(message);
    const source = this.guests.get(this.last)?.isUsedUp && this.sources.get(this.last);
    return source ? this.renew(source) : this.said();
  }

  /** Gives a program another instance. The end of its call does not wait for that. */
  private renew(source: Load): Promise<FromWorker[]> {
    line.send(...ended.splice(0));
    return this.begin(source);
  }

  private async begin(message: Source): Promise<FromWorker[]> {
    const { program, limits } = message;
    const spare = limits.memoryBytes === memoryBytes ? this.spare : undefined;
    this.spare = undefined;
    const instance = spare ?? (await newInstance(engine, limits.memoryBytes));
    this.last = program;
    const guest = new Guest(
      { line, prelude, ended },
      instance,
      program,
      limits,
      message.type === 'load' ? message.files : {},
    );
    this.guests.set(program, guest);
    if (message.type === 'load') {
      this.sources.set(program, message);
      const error = guest.load(message.main, message.files[message.main] ?? '');
      return [{ type: 'loaded', load: message.load, error }, ...this.said()];
    }
    guest.evaluate(message.call, message.source, message.name, message.limits.callMs);
    return this.said();
  }

  private run(message: Exclude<ToWorker, Source>): void {
    if (message.type === 'unload')
      return void [this.guests, this.sources].forEach((programs) => programs.delete(message.program));
    if (message.type === 'calls') {
      const { calls, argument, totalMs } = message;
      this.inTurn({ calls, argument, deadline: performance.now() + totalMs });
    } else {
      this.last = message.program;
      const guest = this.guests.get(message.program)!;
      if (message.type === 'call') guest.call(message.call, message.path, message.argument, message.callMs);
      else if (message.type === 'answer') guest.answer(message.call, message.request, message.isError, message.json);
      else this.drop(guest, message.call);
    }
    for (let at = 0; at < ended.length; at++) this.follow(ended[at]!);
  }

  /** Begins the call that follows one that has ended. */
  private follow({ call, json }: Done): void {
    const followers = this.followers.get(call);
    this.followers.delete(call);
    if (followers && json === 'null' && !this.isSpoilt) this.inTurn(followers);
  }

  private inTurn({ calls, argument, deadline }: Followers): void {
    const [first, ...rest] = calls;
    if (!first) return;
    this.followers.set(first.call, { calls: rest, argument, deadline });
    this.last = first.program;
    const ms = Math.max(0, Math.min(first.callMs, deadline - performance.now()));
    this.guests.get(first.program)?.call(first.call, first.path, argument, ms);
  }

  private drop(guest: Guest, call: number): void {
    guest.drop(call);
    this.followers.delete(call);
  }

  /** Whether the program that ran last may be in a state that its author never meant. */
  private get isSpoilt(): boolean {
    return this.guests.get(this.last)?.isSpoilt ?? false;
  }

  private said(): FromWorker[] {
    return [...ended.splice(0), this.isSpoilt ? { type: 'spoilt', program: this.last } : { type: 'idle' }];
  }
}

async function main(): Promise<void> {
  const guests = new Guests(await newInstance(engine, memoryBytes));
  await line.serve((message) => guests.work(message));
}

void main();
