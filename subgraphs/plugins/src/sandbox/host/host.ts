/**
 * The process that holds the worker threads of all programs. It does nothing but pass messages between the supervisor and the workers, and end a worker that does not come back in time. Loads no other file of this package.
 */
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { dirname, extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FromHost, FromWorker, GuestData, ToHost, ToWorker, WasmData } from './protocol';

const self = process.argv[1]!;
const workerFile = (name: string): string => join(dirname(self), `${name}.worker${extname(self)}`);

/** The share of its time after which a worker that does not poll its deadline is ended. */
const GRACE = 1.2;

/** Time for a thread to start and compile the engine, in milliseconds. A program that got no thread in time waits twice as long for the next. */
const START_MS = Number(process.argv[3]);

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

/** A thread that runs programs, one thing at a time. */
class Thread {
  isIdle = false;
  isOver = false;
  onMessage: ((message: FromWorker) => void) | undefined;
  onEnd: (() => void) | undefined;
  /** Resolves when it has started, or ended before that. */
  readonly started: Promise<void>;
  private readonly worker: Worker;
  private readonly signal = new SharedArrayBuffer(4);

  /** @param compiled the engine of JavaScript; without it, the thread runs WebAssembly */
  constructor(compiled?: Engine) {
    const data: GuestData | WasmData = compiled ? { engine: compiled, prelude } : { signal: this.signal };
    this.worker = new Worker(workerFile(compiled ? 'guest' : 'wasm'), {
      env: {},
      stdout: true,
      stderr: true,
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 },
    });
    this.worker.stdout.resume();
    this.worker.stderr.resume();
    this.started = new Promise((resolve) => this.worker.once('message', () => resolve()).once('exit', () => resolve()));
    this.worker.on('message', (message: FromWorker) => {
      if (message.type === 'idle') this.isIdle = true;
      this.onMessage?.(message);
    });
    this.worker.on('error', () => undefined); // `exit` follows
    this.worker.on('exit', () => {
      this.isOver = true;
      this.onEnd?.();
    });
  }

  post(message: ToWorker): void {
    this.isIdle = false;
    this.worker.postMessage(message);
  }

  /** Lets a thread that waits look for its answer. */
  wake(): void {
    const signal = new Int32Array(this.signal);
    Atomics.store(signal, 0, 1);
    Atomics.notify(signal, 0);
  }

  end(): void {
    this.onMessage = this.onEnd = undefined;
    void this.worker.terminate();
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
    else this.start(); // it died, and is loaded again for this call
  }

  /** Hands a blocked thread its answer, or gives it up. */
  private resume(message: ToWorker): void {
    if (message.type !== 'answer') return this.fail('time', 'It waited too long.');
    this.waiting = undefined;
    this.thread!.post(message);
    this.thread!.wake();
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
    if (message.type === 'done') this.forget(message.call);
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
      tell({ type: 'done', call, ...outcome, log: [] });
    }
    const left = this.queue.filter((message) => message.type === 'call' && this.calls.has(message.call));
    this.queue.splice(0, Infinity, ...left);
    const isUntried = this.source.type === 'evaluate' && this.calls.has(this.source.call);
    if (isUntried || left.length > 0) this.start();
  }

  end(): void {
    for (const call of this.calls.keys()) this.begun.add(call);
    this.queue.length = 0;
    this.fail('interrupted', 'The program was unloaded.');
  }
}

const programs = new Map<string, Program>();

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
    case 'call': {
      const program = programs.get(message.program);
      if (program) return program.add(message);
      return tell({
        type: 'done',
        call: message.call,
        end: 'interrupted',
        error: 'The program is not loaded.',
        log: [],
        ms: 0,
      });
    }
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
  });
  tell({ type: 'pong' });
});
