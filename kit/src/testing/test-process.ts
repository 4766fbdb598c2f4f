/** A real process of the system under test: clean environment, observed through its output, never left behind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { callAtExit } from '../process/at-exit';
import { SOURCE_FLAGS } from '../process/run-sources';

/** The root of the repository, the default working directory of processes. */
export const REPOSITORY = resolve(__dirname, '../../..');

/** The flags with which node runs this repository's TypeScript. */
export const NODE_FLAGS = [...SOURCE_FLAGS];

/** A compile cache that all test processes share. */
const COMPILE_CACHE = join(tmpdir(), 'chat-test-compile-cache');

/** Ticks of processor time per second; the same on every Linux that node supports. */
export const TICKS_PER_SECOND = 100;

export interface TestProcessOptions {
  /** Node's arguments after {@link NODE_FLAGS}: a script and its own. */
  args: string[];
  /** The environment apart from PATH. */
  env?: Record<string, string>;
  cwd?: string;
  /** The command; this node by default. */
  command?: string;
  /** Node's own flags, before `args`; {@link NODE_FLAGS} by default. */
  flags?: string[];
  /** Opens an IPC channel to the process. */
  hasChannel?: boolean;
}

export class TestProcess implements AsyncDisposable {
  /** All output so far, of both streams. */
  output = '';
  /** Settles when the process has ended. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  protected readonly child: ChildProcess;

  constructor(options: TestProcessOptions) {
    const { command = process.execPath, flags = NODE_FLAGS, args, env, cwd = REPOSITORY, hasChannel } = options;
    this.child = spawn(command, [...flags, ...args], {
      cwd,
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
      stdio: ['ignore', 'pipe', 'pipe', ...(hasChannel ? ['ipc' as const] : [])],
    });
    const unregister = callAtExit(() => this.child.kill('SIGKILL'));
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.exited = once(this.child, 'close').then(([code, signal]) => {
      unregister();
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Resolves when the output matches. Rejects with the output if the process ends or `timeoutMs` pass before that. */
  async waitFor(pattern: RegExp, timeoutMs = 180_000): Promise<RegExpMatchArray> {
    const { promise, resolve: found, reject } = Promise.withResolvers<RegExpMatchArray>();
    const look = () => {
      const match = this.output.match(pattern);
      if (match) found(match);
    };
    const fail = (why: string) => reject(new Error(`${why} before it printed ${String(pattern)}:\n${this.output}`));
    const timer = setTimeout(() => fail(`${timeoutMs} ms passed`), timeoutMs);
    const streams = [this.child.stdout, this.child.stderr];
    for (const stream of streams) stream?.on('data', look);
    void this.exited.then(({ code, signal }) => (look(), fail(`The process ended (${code ?? signal})`)));
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      for (const stream of streams) stream?.off('data', look);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Processor time of all its threads, in seconds. */
  cpuSeconds(): number {
    return cpuSecondsOf(this.pid);
  }

  /** Sends SIGTERM and waits for the end; after 20 s, SIGKILL. */
  async [Symbol.asyncDispose](): Promise<void> {
    const force = setTimeout(() => this.child.kill('SIGKILL'), 20_000);
    this.child.kill('SIGTERM');
    await this.exited;
    clearTimeout(force);
  }
}

/** Processor time of all threads of a process, in seconds. @throws if there is no such process */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
