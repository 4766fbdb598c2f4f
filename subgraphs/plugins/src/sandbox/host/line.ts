/**
 * The end of the line to the host that a thread holds, and the account of each call's limits: everything that threads of all engines share.
 */
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { CallEnd, LogLine, SandboxLimits } from '../sandbox.ts';
import type { FromWorker, LineData, ToWorker } from './protocol.ts';

/** Places in the signal: counts of messages from and to the host, the call that ran last, and when it began to run; see {@link now}. */
export const SIGNAL = { fromHost: 0, toHost: 1, call: 2, since: 3 } as const;

export const SIGNAL_BYTES = 16;

/** Milliseconds of a clock that all threads have in common, as 32 bits. */
export const now = (): number => Number(process.hrtime.bigint() / 1_000_000n) | 0;

/**
 * A thread never returns to its event loop: it sleeps until the host has sent something. Waking a thread that sleeps in the kernel costs
 * half as much as waking an event loop.
 */
export class Line {
  private readonly port: MessagePort;
  private readonly signal: Int32Array;

  constructor({ port, signal }: LineData) {
    this.port = port;
    this.signal = new Int32Array(signal);
  }

  /** Sends messages, which wake the host once. */
  send(...messages: FromWorker[]): void {
    this.port.postMessage(messages);
    Atomics.add(this.signal, SIGNAL.toHost, 1);
    Atomics.notify(this.signal, SIGNAL.toHost);
  }

  /** Sleeps until there is a message. */
  next(): ToWorker {
    for (;;) {
      const seen = Atomics.load(this.signal, SIGNAL.fromHost);
      const received = receiveMessageOnPort(this.port);
      if (received) return received.message as ToWorker;
      Atomics.wait(this.signal, SIGNAL.fromHost, seen);
    }
  }

  /** Tells the host which call runs from now on. */
  note(call: number): void {
    Atomics.store(this.signal, SIGNAL.call, call);
    Atomics.store(this.signal, SIGNAL.since, now());
  }

  /** Does the work of one message after the other, until the host ends the thread. @param work returns messages that end it */
  async serve(work: (message: ToWorker) => FromWorker[] | Promise<FromWorker[]>): Promise<never> {
    this.send({ type: 'idle' });
    for (;;) {
      const messages = work(this.next());
      this.send(...(messages instanceof Promise ? await messages : messages));
    }
  }
}

/** The end of a call that exceeded a limit. */
export interface Breach {
  end: CallEnd;
  error: string;
}

const LEVELS: readonly LogLine['level'][] = ['debug', 'info', 'warn', 'error'];

/** Everything that one call has used, apart from time and memory. */
export class Account {
  readonly log: LogLine[] = [];
  /** API calls. */
  requests = 0;
  private outputChars = 0;
  private logChars = 0;
  private readonly limits: SandboxLimits;

  constructor(limits: SandboxLimits) {
    this.limits = limits;
  }

  /** Counts an API call. */
  request(): Breach | undefined {
    if (++this.requests <= this.limits.apiCalls) return undefined;
    return { end: 'calls', error: `It made more than ${this.limits.apiCalls} API calls.` };
  }

  /** Counts characters of JSON that leave the program. */
  output(chars: number): Breach | undefined {
    this.outputChars += chars;
    if (this.outputChars <= this.limits.outputChars) return undefined;
    return { end: 'output', error: `It sent more than ${this.limits.outputChars} characters.` };
  }

  /** Characters of log that the call may still write. */
  get logLeft(): number {
    return Math.max(0, this.limits.logChars - this.logChars);
  }

  /** Keeps as much of a line as the limit allows. @param level another text than a level is `info` */
  keepLog(level: string | undefined, message: string): void {
    if (this.logLeft === 0) return;
    const kept = message.slice(0, this.logLeft);
    this.logChars += kept.length + 16; // a line costs something, too
    this.log.push({ level: LEVELS.find((known) => known === level) ?? 'info', message: kept });
  }
}
