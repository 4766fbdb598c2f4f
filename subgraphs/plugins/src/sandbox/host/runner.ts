/**
 * Programs and the thread that runs them, one thing at a time. Ends the thread if it does not come back in time, and loads the programs into
 * another one. Most runners have one program; some programs share a runner, until one of them ends its thread.
 */
import type { Thread } from './thread.ts';
import type { Done, FromHost, FromWorker, ToWorker } from './protocol.ts';

/** The share of its time after which a thread that does not poll its deadline is ended. */
const GRACE = 1.2;

/**
 * Rest of a program after calls that end its threads one after the other, in milliseconds: none after the first, then this, doubled each time.
 * Otherwise, it would use one processor up, and others would wait for the rest of the machine.
 */
const REST_MS = 250;
const MAX_REST_MS = 1_000;

/** The message from which a program begins. */
export type Source = ToWorker & { type: 'load' | 'evaluate' };

type Call = ToWorker & { type: 'call' };

export interface RunnerDeps {
  /** Time for a thread to start and compile the engine, in milliseconds. A program that got no thread in time waits twice as long for the next. */
  startMs: number;
  takeThread: () => Thread;
  tell: (message: FromHost) => void;
  /** A call has ended. */
  finish: (done: Done) => void;
  /** A call uses the API. */
  noteEffect: (call: number) => void;
  /** A program that shares the runner has ended its thread, and gets a runner of its own, with its calls that have not begun. */
  separate: (source: Source, calls: Call[]) => void;
}

/** A call that has not ended. */
interface Open {
  program: string;
  /** Time that its code may still run. */
  leftMs: number;
  hasBegun: boolean;
}

export class Runner {
  private thread: Thread | undefined;
  private readonly sources = new Map<string, Source>();
  /** Numbers of loads that nothing has been told of. */
  private readonly loading = new Set<number>();
  private readonly queue: ToWorker[] = [];
  private running: ToWorker | undefined;
  /** The call that blocks the thread until its answer is here. */
  private waiting: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly calls = new Map<number, Open>();
  private sliceStartedAt = 0;
  private startMs: number;
  /** Threads that it lost since a call ended well. */
  private losses = 0;
  private restsUntil = 0;
  private rest: NodeJS.Timeout | undefined;
  private readonly deps: RunnerDeps;
  readonly isShared: boolean;

  constructor(deps: RunnerDeps, isShared: boolean) {
    this.deps = deps;
    this.isShared = isShared;
    this.startMs = deps.startMs;
  }

  get size(): number {
    return this.sources.size;
  }

  /** Loads a program. */
  begin(source: Source): void {
    this.sources.set(source.program, source);
    if (source.type === 'load') this.loading.add(source.load);
    else this.open(source.call, source.program, source.limits.callMs);
    if (!this.thread) return this.start();
    this.queue.push(source);
    this.next();
  }

  /** Goes on with a program that has ended the thread that it shared. */
  adopt(source: Source, calls: readonly Call[]): void {
    this.sources.set(source.program, source);
    this.losses = 1;
    for (const call of calls) this.add(call);
  }

  add(message: ToWorker): void {
    if (message.type === 'call') this.open(message.call, message.program, message.callMs);
    if (message.type === 'calls')
      for (const { call, program } of message.calls) this.open(call, program, message.totalMs);
    if ((message.type === 'answer' || message.type === 'drop') && !this.calls.has(message.call)) return;
    if ('call' in message && message.call === this.waiting) return this.resume(message);
    if (message.type === 'drop') this.calls.delete(message.call);
    this.queue.push(message);
    if (this.thread) this.next();
    else this.restart(); // it died, and is loaded again for this call
  }

  /** Ends a program and its calls. */
  remove(program: string): void {
    const source = this.sources.get(program);
    if (!source) return;
    this.sources.delete(program);
    if (source.type === 'load') this.refuse(source, 'The program was unloaded.');
    for (const [call, open] of [...this.calls])
      if (open.program === program) this.end(call, 'interrupted', 'The program was unloaded.');
    this.keep((message) => message.type === 'calls' || message.program !== program);
    if (this.sources.size === 0) {
      clearTimeout(this.rest);
      this.loseThread();
    } else if (this.thread) {
      this.queue.push({ type: 'unload', program });
      this.next();
    }
  }

  /** Of the calls of one message, the one that runs or should run next, and the milliseconds that it has run since it last waited. */
  current(calls: readonly number[]): { call: number; ms: number } {
    const { call, ms } = this.thread?.isIdle === false ? this.thread.current : { call: -1, ms: 0 };
    const running = calls.find((one) => (one | 0) === call);
    return { call: running ?? calls[0]!, ms: running === undefined || running === this.waiting ? 0 : ms };
  }

  /** Whether a call or a load waits for a thread. */
  private get isNeeded(): boolean {
    return this.calls.size > 0 || this.loading.size > 0;
  }

  private open(call: number, program: string, leftMs: number): void {
    this.calls.set(call, { program, leftMs, hasBegun: false });
  }

  /** Starts it again, after its rest. */
  private restart(): void {
    const ms = this.restsUntil - performance.now();
    if (ms <= 0) return this.start();
    this.rest ??= setTimeout(() => {
      this.rest = undefined;
      if (!this.thread && this.isNeeded) this.start();
    }, ms);
  }

  /** Hands a blocked thread its answer, or gives it up. */
  private resume(message: ToWorker): void {
    if (message.type !== 'answer') return this.fail('time', 'It waited too long.');
    this.waiting = undefined;
    this.thread!.post(message);
    this.watch(message);
  }

  private start(): void {
    const thread = (this.thread = this.deps.takeThread());
    thread.onMessage = (message) => this.hear(message);
    thread.onEnd = () => this.fail('memory', 'The engine ended.');
    this.queue.unshift(...this.sources.values());
    if (thread.isIdle) this.next();
    else this.timer = setTimeout(() => this.failToStart(), this.startMs);
  }

  private failToStart(): void {
    this.startMs *= 2;
    for (const source of this.sources.values()) this.refuse(source, 'The engine did not start.');
    this.fail('interrupted', 'The engine did not start.');
  }

  private next(): void {
    if (!this.thread?.isIdle) return; // the timer watches what is running
    clearTimeout(this.timer);
    this.running = undefined;
    let message = this.queue.shift();
    while (message && !this.isWanted(message)) message = this.queue.shift();
    if (!message) return;
    this.running = message;
    for (const call of callsOf(message)) if (this.calls.has(call)) this.calls.get(call)!.hasBegun = true;
    this.watch(message);
    this.thread.post(message);
  }

  private isWanted(message: ToWorker): boolean {
    const calls = callsOf(message);
    return message.type === 'drop' || calls.length === 0 || calls.some((call) => this.calls.has(call));
  }

  /** Ends the thread if it does not come back in time. */
  private watch(message: ToWorker): void {
    this.sliceStartedAt = performance.now();
    const ms = Math.ceil(this.allowance(message) * GRACE);
    this.timer = setTimeout(() => this.fail('time', 'It ran too long.'), ms);
  }

  private allowance(message: ToWorker): number {
    if (message.type === 'load') return message.limits.loadMs;
    return this.calls.get(callsOf(message).find((call) => this.calls.has(call))!)?.leftMs ?? 1_000;
  }

  private hear(message: FromWorker): void {
    switch (message.type) {
      case 'idle':
        this.charge();
        return this.next();
      case 'waits':
        this.charge();
        clearTimeout(this.timer);
        this.waiting = message.call;
        return;
      case 'spoilt':
        return this.fail('interrupted', 'Another call failed.', message.program);
      case 'done':
        if (message.end === 'returned') this.losses = 0;
        if (this.calls.delete(message.call)) this.deps.finish(message);
        return;
      case 'api':
        this.deps.noteEffect(message.call);
        return this.deps.tell(message);
      case 'loaded':
        if (this.loading.delete(message.load)) this.deps.tell(message);
    }
  }

  private charge(): void {
    const call = this.running && this.calls.get(callsOf(this.running)[0]!);
    if (call) call.leftMs = Math.max(1, call.leftMs - (performance.now() - this.sliceStartedAt));
  }

  /** Says that a program could not be loaded, if nothing has been said of it. */
  private refuse(source: Source, error: string): void {
    if (source.type === 'load' && this.loading.delete(source.load))
      this.deps.tell({ type: 'loaded', load: source.load, error });
  }

  /**
   * Gives the thread up. Ends the running call by `end` and others that have begun as interrupted; those that have not get another thread.
   * The program that has ended a shared thread gets its own.
   */
  private fail(end: 'time' | 'memory' | 'interrupted', error: string, culprit?: string): void {
    const { running } = this;
    const runningCalls = running ? callsOf(running) : [];
    const { call: guilty, ms } = this.current(runningCalls);
    const source = running && this.sources.get(culprit ?? programOf(running, guilty));
    const ranMs = performance.now() - this.sliceStartedAt;
    this.loseThread();
    if (running?.type === 'load') this.refuse(running, error);
    // Those before it in one message have returned null.
    for (const call of runningCalls.slice(0, Math.max(0, runningCalls.indexOf(guilty))))
      this.finish({ type: 'done', call, end: 'returned', json: 'null', log: [], ms: 0 });
    if (this.calls.has(guilty)) this.end(guilty, end, error, running?.type === 'calls' ? ms : ranMs);
    for (const [call, { hasBegun }] of [...this.calls])
      if (hasBegun) this.end(call, 'interrupted', 'Another call failed.');
    this.keep((message) => message.type === 'call' || message.type === 'calls');
    if (this.isShared && source) this.separate(source);
    else if (this.losses++ > 0)
      this.restsUntil = performance.now() + Math.min(MAX_REST_MS, REST_MS * 2 ** (this.losses - 2));
    if (this.isNeeded) this.restart();
  }

  private separate(source: Source): void {
    const { program } = source;
    const calls = this.queue.filter((message) => message.type === 'call' && message.program === program) as Call[];
    this.sources.delete(program);
    this.keep((message) => message.type === 'calls' || message.program !== program);
    for (const { call } of calls) this.calls.delete(call);
    this.deps.separate(source, calls);
  }

  private loseThread(): void {
    clearTimeout(this.timer);
    this.thread?.end();
    this.thread = this.waiting = this.running = undefined;
  }

  /** Keeps these messages of the queue. */
  private keep(isKept: (message: ToWorker) => boolean): void {
    this.queue.splice(0, Infinity, ...this.queue.filter((message) => isKept(message) && this.isWanted(message)));
  }

  private end(call: number, end: Done['end'], error: string, ms = 0): void {
    this.finish({ type: 'done', call, end, error, log: [], ms });
  }

  private finish(done: FromWorker & { type: 'done' }): void {
    if (this.calls.delete(done.call)) this.deps.finish(done);
  }
}

/** The calls that a message runs. */
const callsOf = (message: ToWorker): readonly number[] => {
  if (message.type === 'calls') return message.calls.map(({ call }) => call);
  return 'call' in message ? [message.call] : [];
};

const programOf = (message: ToWorker, guilty: number): string =>
  message.type === 'calls' ? message.calls.find(({ call }) => call === guilty)!.program : message.program;
