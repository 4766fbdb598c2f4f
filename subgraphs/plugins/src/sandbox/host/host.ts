/**
 * The process that holds the worker threads of all programs. It does nothing but pass messages between the supervisor and the threads, and
 * end a thread that does not come back in time. Nothing outside of this folder is loaded.
 */
import { readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { dirname, join } from 'node:path';
import type { Done, FromHost, ToHost } from './protocol.ts';
import { Runner, type RunnerDeps, type Source } from './runner.ts';
import { Series, seriesOf } from './series.ts';
import { hearExpected, Thread, type Engine } from './thread.ts';

const [, self, engineFile, startMs, channel] = process.argv;

/** Most programs in one thread. */
const MAX_SHARING = 16;

/** The supervisor, at file descriptor 3, or in a container at the standard input and output. */
const socket = channel === 'stdio' ? undefined : new Socket({ fd: 3 });
const input: Readable = socket ?? process.stdin;
const output: Writable = socket ?? process.stdout;

const tell = (message: FromHost): void => void output.write(`${JSON.stringify(message)}\n`);

// The types of Node describe it for browsers only.
const { WebAssembly: wasm } = globalThis as unknown as {
  WebAssembly: { compile(bytes: Uint8Array): Promise<Engine> };
};

const prelude = readFileSync(join(dirname(self!), 'prelude.js'), 'utf8');

const finish = (done: Done): void => {
  const series = seriesOf(done.call);
  if (series) series.hear(done);
  else tell({ type: 'done', ...done });
};

/** Runs what the supervisor says. */
class Host {
  private readonly runners = new Map<string, Runner>();
  /** The runner that takes the next program that shares one. */
  private sharing: Runner | undefined;
  /** A thread that waits for a program, so that none has to wait for a thread. */
  private spare: Thread | undefined;
  private readonly engine: Engine;
  /** Memory of the program that was loaded last, which the next has as well. */
  private memoryBytes = 16 << 20;

  constructor(engine: Engine) {
    this.engine = engine;
    this.spare = this.newThread();
  }

  obey(message: ToHost): void {
    switch (message.type) {
      case 'ping':
        return tell({ type: 'pong' });
      case 'prepare':
        return this.prepare();
      case 'load':
      case 'evaluate':
        this.runners.get(message.program)?.remove(message.program);
        return this.begin(message);
      case 'unload':
        this.runners.get(message.program)?.remove(message.program);
        return void this.runners.delete(message.program);
      case 'series':
        return void new Series(message, { runnerOf: (program) => this.runners.get(program), tell });
      case 'call': {
        const runner = this.runners.get(message.program);
        if (runner) return runner.add(message);
        const error = 'The program is not loaded.';
        return finish({ call: message.call, end: 'interrupted', error, log: [], ms: 0 });
      }
      default:
        this.runners.get(message.program)?.add(message);
    }
  }

  private begin(source: Source): void {
    this.memoryBytes = source.limits.memoryBytes;
    const isShared = source.type === 'load' && source.runtime === 'quickjs' && source.sharesThread;
    if (isShared && (!this.sharing || this.sharing.size >= MAX_SHARING)) this.sharing = this.newRunner(source, true);
    const runner = isShared ? this.sharing! : this.newRunner(source, false);
    this.runners.set(source.program, runner);
    runner.begin(source);
  }

  private newRunner(source: Source, isShared: boolean): Runner {
    const isWasm = source.type === 'load' && source.runtime === 'wasm';
    const deps: RunnerDeps = {
      startMs: Number(startMs),
      takeThread: () => (isWasm ? new Thread() : this.takeThread()),
      tell,
      finish,
      noteEffect: (call) => seriesOf(call)?.noteEffect(),
      separate: (separated, calls) => {
        const runner = this.newRunner(separated, false);
        this.runners.set(separated.program, runner);
        runner.adopt(separated, calls);
      },
    };
    return new Runner(deps, isShared);
  }

  private newThread(): Thread {
    return new Thread({ engine: this.engine, prelude, memoryBytes: this.memoryBytes });
  }

  private spareThread(): Thread {
    return this.spare && !this.spare.isOver ? this.spare : (this.spare = this.newThread());
  }

  private takeThread(): Thread {
    const thread = this.spareThread();
    this.spare = undefined;
    // A thread that has not started yet comes first, as its program waits.
    void thread.started.then(() => setTimeout(() => this.spareThread(), 5).unref());
    return thread;
  }

  private prepare(): void {
    const spare = this.spareThread();
    if (spare.isIdle) tell({ type: 'prepared' });
    else spare.onMessage = () => tell({ type: 'prepared' });
  }
}

// The supervisor is gone.
input.on('close', () => process.exit(0)).on('error', () => process.exit(0));
output.on('error', () => process.exit(0));
process.on('uncaughtException', () => process.exit(1));
/** The engine is compiled once for all threads. */
void wasm.compile(readFileSync(engineFile!)).then((engine) => {
  const host = new Host(engine);
  let rest = '';
  // Not readline, for which U+2028 in JSON ends a line.
  input.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop()!;
    for (const line of lines) host.obey(JSON.parse(line) as ToHost);
    hearExpected();
  });
  tell({ type: 'pong' });
});
