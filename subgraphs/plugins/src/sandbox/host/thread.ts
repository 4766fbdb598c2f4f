/** A worker thread of the host process, and the line to it. Knows neither programs nor limits. */
import { extname, join, dirname } from 'node:path';
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import { SIGNAL, SIGNAL_BYTES, now } from './line.ts';
import type { FromWorker, GuestData, LineData, ToWorker } from './protocol.ts';

/** QuickJS, compiled, which threads share. */
export type Engine = GuestData['engine'];

const self = process.argv[1]!;

/** A file of this folder. */
const fileBeside = (name: string): string => join(dirname(self), `${name}${extname(self)}`);

/**
 * Time for which this process stands still for the answer of a thread, in milliseconds. Most calls are over by then, and to wake an event
 * loop takes longer than such a call.
 */
const STAND_MS = 1;

/** Threads with work that they will probably finish at once, so that this process waits for them. */
const expected = new Set<Thread>();

/** Hears the threads that answer at once. */
export function hearExpected(): void {
  for (const thread of expected) {
    expected.delete(thread);
    thread.await();
  }
}

/** Runs programs, one thing at a time. */
export class Thread {
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
  private readonly signal = new Int32Array(new SharedArrayBuffer(SIGNAL_BYTES));

  /** @param guest the engine of JavaScript and what belongs to it; without it, the thread runs WebAssembly */
  constructor(guest?: Omit<GuestData, keyof LineData>) {
    const { port1, port2 } = new MessageChannel();
    this.port = port1;
    const line: LineData = { port: port2, signal: this.signal.buffer };
    this.worker = new Worker(fileBeside(guest ? 'guest.worker' : 'wasm.worker'), {
      env: {},
      stdout: true,
      stderr: true,
      workerData: { ...line, ...guest },
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
    Atomics.add(this.signal, SIGNAL.fromHost, 1);
    Atomics.notify(this.signal, SIGNAL.fromHost);
    if (this.isQuick) expected.add(this);
  }

  /** The call that ran last, and the milliseconds since it began to run. */
  get current(): { call: number; ms: number } {
    const call = Atomics.load(this.signal, SIGNAL.call);
    return { call, ms: Math.max(0, (now() - Atomics.load(this.signal, SIGNAL.since)) | 0) };
  }

  /** Stands still until the thread is idle, or for a moment. */
  await(): void {
    const until = performance.now() + STAND_MS;
    while (!this.isIdle && !this.isOver) {
      const seen = Atomics.load(this.signal, SIGNAL.toHost);
      const received = receiveMessageOnPort(this.port);
      if (received) {
        this.hear(received.message as FromWorker[]);
        continue;
      }
      const left = until - performance.now();
      if (left > 0) Atomics.wait(this.signal, SIGNAL.toHost, seen, left);
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
