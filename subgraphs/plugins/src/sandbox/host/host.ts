/**
 * The process that holds the worker threads of all programs. It does nothing but pass messages between the supervisor and the workers, and end a worker that does not come back in time. Loads no other file of this package.
 */
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { dirname, extname, join } from 'node:path';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { Done, FromHost, FromWorker, GuestData, HostCall, LineData, ToHost, ToWorker } from './protocol';

const self = process.argv[1]!;
const fileBeside = (name: string): string => join(dirname(self), `${name}${extname(self)}`);

/** The share of its time after which a worker that does not poll its deadline is ended. */
const GRACE = 1.2;

/** Time for a thread to start and compile the engine, in milliseconds. A program that got no thread in time waits twice as long for the next. */
const START_MS = Number(process.argv[3]);

/**
 * Time for which this process stands still for the answer of a thread, in milliseconds. Most calls are over by then, and to wake an event
 * loop takes longer than such a call.
 */
const STAND_MS = 1;

/**
 * Rest of a program whose calls end its threads one after the other, in milliseconds: none after the first, then this, doubled each time.
 * Otherwise, it would use one processor up, and others would wait for the rest of the machine.
 */
const REST_MS = 250;
const MAX_REST_MS = 1_000;

/** The supervisor, at file descriptor 3, or in a container at the standard input and output. */
const isContainer = process.argv[4] === 'stdio';
const socket = isContainer ? undefined : new Socket({ fd: 3 });
const input: Readable = socket ?? process.stdin;
const output: Writable = socket ?? process.stdout;

const tell = (message: FromHost): void => void output.write(`${JSON.stringify(message)}\n`);

/** QuickJS, compiled, which threads share. */
type Engine = GuestData['engine'];

// The types of Node describe it for browsers only.
const { WebAssembly: wasm } = globalThis as unknown as {
  WebAssembly: { compile(bytes: Uint8Array): Promise<Engine> };
};

/** The engine, compiled once for all threads. */
const engine = wasm.compile(readFileSync(process.argv[2]!));

const prelude = readFileSync(join(dirname(self), 'prelude.js'), 'utf8');

/** Threads with work that they will probably finish at once, so that this process waits for them. */
const expected = new Set<Thread>();

/** Hears the threads that answer at once. */
function hearExpected(): void {
  for (const thread of expected) {
    expected.delete(thread);
    thread.await();
  }
}

/** A thread that runs programs, one thing at a time. */
class Thread {
  isIdle = false;
  isOver = false;
  onMessage: ((message: FromWorker) => void) | undefined;
  onEnd: (() => void) | undefined;
  /** Resolves when it has started, or ended before that. */
  readonly started: Promise<void>;
  /** False while its program takes its time. */
  private isQuick = true;
  private postedAt = 0;
  private readonly worker: Worker;
  private readonly port: MessagePort;
  /** As described in {@link LineData}. */
  private readonly signal = new Int32Array(new SharedArrayBuffer(8));

  /** @param compiled the engine of JavaScript; without it, the thread runs WebAssembly */
  constructor(compiled?: Engine) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const line: LineData = {
      port: port2,
      signal: this.signal.buffer,
      lineFile: fileBeside('line'),
    };
    const guest: GuestData | undefined = compiled && { ...line, engine: compiled, prelude };
    this.worker = new Worker(fileBeside(compiled ? 'guest.worker' : 'wasm.worker'), {
      env: {},
      stdout: true,
      stderr: true,
      workerData: guest ?? line,
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 },
    });
    this.worker.stdout.resume();
    this.worker.stderr.resume();
    this.started = new Promise((resolve) => this.port.once('message', () => resolve()).once('close', () => resolve()));
    this.port.on('message', (messages: FromWorker[]) => {
      this.hear(messages);
      hearExpected();
    });
    this.worker.on('error', () => undefined); // `exit` follows
    this.worker.on('exit', () => {
      this.isOver = true;
      this.onEnd?.();
    });
  }

  post(message: ToWorker): void {
    this.isIdle = false;
    this.postedAt = performance.now();
    this.port.postMessage(message);
    Atomics.add(this.signal, 0, 1);
    Atomics.notify(this.signal, 0);
    if (this.isQuick) expected.add(this);
  }

  /** Stands still until the thread is idle, or for a moment. */
  await(): void {
    const until = performance.now() + STAND_MS;
    while (!this.isIdle && !this.isOver) {
      const seen = Atomics.load(this.signal, 1);
      const received = receiveMessageOnPort(this.port);
      if (received) {
        this.hear(received.message as FromWorker[]);
        continue;
      }
      const left = until - performance.now();
      if (left > 0) Atomics.wait(this.signal, 1, seen, left);
      else return void (this.isQuick = false); // its answer comes as an event
    }
  }

  private hear(messages: FromWorker[]): void {
    for (const message of messages) {
      if (message.type === 'idle') {
        this.isIdle = true;
        this.isQuick = performance.now() - this.postedAt < STAND_MS;
      }
      this.onMessage?.(message);
    }
  }

  end(): void {
    this.onMessage = this.onEnd = undefined;
    this.isOver = true;
    void this.worker.terminate();
    this.port.close();
  }
}

/** A thread that waits for a program, so that none has to wait for a thread. */
let spare: Thread | undefined;

function takeThread(compiled: Engine): Thread {
  const thread = spare && !spare.isOver ? spare : new Thread(compiled);
  spare = undefined;
  // A thread that has not started yet comes first, as its program waits.
  void thread.started.then(() =>
    setTimeout(() => (spare && !spare.isOver) || (spare = new Thread(compiled)), 5).unref(),
  );
  return thread;
}

/** One program and its thread. */
class Program {
  private thread: Thread | undefined;
  private readonly queue: ToWorker[] = [];
  private running: ToWorker | undefined;
  /** The call that blocks the thread until its answer is here. */
  private waiting: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Calls that have not ended, with the milliseconds that their code may still run. */
  private readonly calls = new Map<number, number>();
  /** Those among them that have begun to run. */
  private readonly begun = new Set<number>();
  private sliceStartedAt = 0;
  private startMs = START_MS;
  /** Threads that it lost since a call ended well. */
  private losses = 0;
  private restsUntil = 0;
  private rest: NodeJS.Timeout | undefined;
  private readonly source: ToWorker & { type: 'load' | 'evaluate' };
  private readonly compiled: Engine;
  private isLoading: boolean;

  constructor(source: ToWorker & { type: 'load' | 'evaluate' }, compiled: Engine) {
    this.source = source;
    this.compiled = compiled;
    this.isLoading = source.type === 'load';
    if (source.type === 'evaluate') this.calls.set(source.call, source.limits.callMs);
    this.start();
  }

  add(message: ToWorker): void {
    if (message.type === 'call') this.calls.set(message.call, message.callMs);
    if ((message.type === 'answer' || message.type === 'drop') && !this.calls.has(message.call)) return;
    if ('call' in message && message.call === this.waiting) return this.resume(message);
    if (message.type === 'drop') this.calls.delete(message.call);
    this.queue.push(message);
    if (this.thread) this.next();
    else this.restart(); // it died, and is loaded again for this call
  }

  /** Starts it again, after its rest. */
  private restart(): void {
    const ms = this.restsUntil - performance.now();
    if (ms <= 0) return this.start();
    this.rest ??= setTimeout(() => {
      this.rest = undefined;
      if (this.calls.size > 0) this.start();
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
    const isWasm = this.source.type === 'load' && this.source.runtime === 'wasm';
    const thread = (this.thread = isWasm ? new Thread() : takeThread(this.compiled));
    thread.onMessage = (message) => this.hear(message);
    thread.onEnd = () => this.fail('memory', 'The engine ended.');
    this.queue.unshift(this.source);
    if (thread.isIdle) this.next();
    else this.timer = setTimeout(() => this.failToStart(), this.startMs);
  }

  private failToStart(): void {
    this.startMs *= 2;
    this.fail('interrupted', 'The engine did not start.');
  }

  private next(): void {
    if (!this.thread?.isIdle) return; // the timer watches what is running
    clearTimeout(this.timer);
    let message = this.queue.shift();
    while (message && 'call' in message && !this.calls.has(message.call) && message.type !== 'drop')
      message = this.queue.shift();
    if (!message) return;
    this.running = message;
    if ('call' in message) this.begun.add(message.call);
    this.watch(message);
    this.thread.post(message);
  }

  /** Ends the thread if it does not come back in time. */
  private watch(message: ToWorker): void {
    this.sliceStartedAt = performance.now();
    const ms = Math.ceil(this.allowance(message) * GRACE);
    this.timer = setTimeout(() => this.fail('time', 'It ran too long.'), ms);
  }

  /** Time for which a call has run since it last waited, in milliseconds; 0 if it does not run. */
  ranMs(call: number): number {
    const isRunning = this.running && 'call' in this.running && this.running.call === call && this.waiting !== call;
    return isRunning ? performance.now() - this.sliceStartedAt : 0;
  }

  private allowance(message: ToWorker): number {
    return message.type === 'load' ? message.limits.loadMs : (this.calls.get(message.call) ?? 1_000);
  }

  private hear(message: FromWorker): void {
    if (message.type === 'idle') {
      this.charge();
      this.running = undefined;
      return this.next();
    }
    if (message.type === 'waits') {
      this.charge();
      clearTimeout(this.timer);
      this.waiting = message.call;
      return;
    }
    if (message.type === 'spoilt') return this.fail('interrupted', 'Another call failed.');
    if (message.type === 'done') {
      if (message.end === 'returned') this.losses = 0;
      this.forget(message.call);
      return finish(message);
    }
    if (message.type === 'api') running.get(message.call)?.noteEffect();
    if (message.type !== 'loaded') return tell(message);
    if (this.isLoading) tell(message);
    this.isLoading = false;
  }

  private charge(): void {
    const { running } = this;
    if (!running || !('call' in running)) return;
    const left = this.calls.get(running.call);
    if (left === undefined) return;
    this.calls.set(running.call, Math.max(1, left - (performance.now() - this.sliceStartedAt)));
  }

  private forget(call: number): void {
    this.calls.delete(call);
    this.begun.delete(call);
  }

  /** Gives the thread up. Ends the running call by `end` and others that have begun as interrupted; those that have not get another thread. */
  private fail(end: 'time' | 'memory' | 'interrupted', error: string): void {
    clearTimeout(this.timer);
    this.thread?.end();
    this.thread = this.waiting = undefined;
    const { running } = this;
    this.running = undefined;
    if (this.isLoading && this.source.type === 'load') tell({ type: 'loaded', load: this.source.load, error });
    this.isLoading = false;
    const ms = performance.now() - this.sliceStartedAt;
    for (const call of [...this.begun]) {
      const isGuilty = running && 'call' in running && running.call === call;
      const outcome = isGuilty
        ? { end, error, ms }
        : { end: 'interrupted' as const, error: 'Another call failed.', ms: 0 };
      this.forget(call);
      finish({ type: 'done', call, ...outcome, log: [] });
    }
    const left = this.queue.filter((message) => message.type === 'call' && this.calls.has(message.call));
    this.queue.splice(0, Infinity, ...left);
    if (this.losses++ > 0)
      this.restsUntil = performance.now() + Math.min(MAX_REST_MS, REST_MS * 2 ** (this.losses - 2));
    const isUntried = this.source.type === 'evaluate' && this.calls.has(this.source.call);
    if (isUntried || left.length > 0) this.restart();
  }

  end(): void {
    for (const call of this.calls.keys()) this.begun.add(call);
    this.queue.length = 0;
    clearTimeout(this.rest);
    this.fail('interrupted', 'The program was unloaded.');
  }
}

const programs = new Map<string, Program>();

function begin(call: ToHost & { type: 'call' }): void {
  const program = programs.get(call.program);
  if (program) return program.add(call);
  finish(failed(call, 'interrupted', 'The program is not loaded.'));
}

const failed = (
  { call }: Pick<HostCall, 'call'>,
  end: 'interrupted' | 'time',
  error: string,
  ms = 0,
): FromHost & { type: 'done' } => ({
  type: 'done',
  call,
  end,
  error,
  log: [],
  ms,
});

/** The series of each of its calls that runs. */
const running = new Map<number, Series>();

function finish(done: FromHost & { type: 'done' }): void {
  const series = running.get(done.call);
  if (series) series.hear(done);
  else tell(done);
}

/** Calls one after the other, without a way to the supervisor in between. */
class Series {
  private at = 0;
  private readonly ended: Done[] = [];
  private timer: NodeJS.Timeout | undefined;
  private hasEffect = false;
  private argument = '';
  private readonly deadline: number;
  private readonly message: ToHost & { type: 'series' };

  constructor(message: ToHost & { type: 'series' }) {
    this.message = message;
    this.deadline = performance.now() + message.totalMs;
    this.next();
  }

  private next(): void {
    const { calls, totalMs, until } = this.message;
    const call = calls[this.at++];
    if (!call) return this.over();
    const leftMs = until === 'answer' ? this.deadline - performance.now() : totalMs;
    if (leftMs <= 0) return this.over();
    running.set(call.call, this);
    this.timer = setTimeout(() => {
      const program = programs.get(call.program);
      const ms = program?.ranMs(call.call);
      program?.add({ type: 'drop', program: call.program, call: call.call });
      this.hear(failed(call, 'time', `It did not end within ${totalMs} ms.`, ms));
    }, leftMs);
    this.argument = call.argument ?? this.argument;
    const { argument } = this;
    begin({
      type: 'call',
      ...call,
      argument,
      callMs: until === 'answer' ? Math.min(call.callMs, leftMs) : call.callMs,
    });
  }

  hear(done: FromHost & { type: 'done' }): void {
    if (!running.delete(done.call)) return;
    clearTimeout(this.timer);
    this.ended.push(done);
    const isLast =
      this.message.until === 'answer' ? done.json !== 'null' : this.hasEffect || done.end === 'interrupted';
    if (isLast) this.over();
    else this.next();
  }

  /** The call that runs uses the API. */
  noteEffect(): void {
    this.hasEffect = true;
  }

  private over(): void {
    tell({ type: 'ended', series: this.message.series, calls: this.ended });
  }
}

function obey(message: ToHost, compiled: Engine): void {
  switch (message.type) {
    case 'ping':
      return tell({ type: 'pong' });
    case 'prepare':
      if (!spare || spare.isOver) spare = new Thread(compiled);
      if (spare.isIdle) return tell({ type: 'prepared' });
      spare.onMessage = () => tell({ type: 'prepared' });
      return;
    case 'load':
    case 'evaluate':
      programs.get(message.program)?.end();
      programs.set(message.program, new Program(message, compiled));
      return;
    case 'unload':
      programs.get(message.program)?.end();
      programs.delete(message.program);
      return;
    case 'call':
      return begin(message);
    case 'series':
      return void new Series(message);
    default:
      programs.get(message.program)?.add(message);
  }
}

// The supervisor is gone.
input.on('close', () => process.exit(0)).on('error', () => process.exit(0));
output.on('error', () => process.exit(0));
process.on('uncaughtException', () => process.exit(1));
void engine.then((compiled) => {
  spare = new Thread(compiled);
  let rest = '';
  // Not readline, for which U+2028 in JSON ends a line.
  input.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) obey(JSON.parse(line) as ToHost, compiled);
    hearExpected();
  });
  tell({ type: 'pong' });
});
