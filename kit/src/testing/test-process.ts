/** A real process of the system under test: started with a clean environment, watched through what it prints, never left behind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The root of the repository, which processes start in by default. */
export const REPOSITORY = resolve(__dirname, '../../..');

/** How node runs this repository's TypeScript. */
export const NODE_FLAGS = ['-C', 'source', '-r', '@swc-node/register'];

/** What one process has compiled, the next need not. */
const COMPILE_CACHE = join(tmpdir(), 'chat-test-compile-cache');

/** Ticks of processor time per second; the same on every Linux that node runs on. */
export const TICKS_PER_SECOND = 100;

export interface TestProcessOptions {
  /** Node's arguments after {@link NODE_FLAGS}: a script and its own. */
  args: string[];
  /** All of its environment but PATH. */
  env?: Record<string, string>;
  cwd?: string;
  /** What is run; this node unless given. */
  command?: string;
  /** Node's own flags, before `args`; {@link NODE_FLAGS} unless given. */
  flags?: string[];
  /** Opens a channel for messages to and from the process. */
  hasChannel?: boolean;
}

export class TestProcess implements AsyncDisposable {
  /** Everything that it has printed so far, on both streams. */
  output = '';
  /** Settles when it has ended. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  protected readonly child: ChildProcess;
  private readonly killWithUs = () => this.child.kill('SIGKILL');

  constructor(options: TestProcessOptions) {
    const { command = process.execPath, flags = NODE_FLAGS, args, env, cwd = REPOSITORY, hasChannel } = options;
    this.child = spawn(command, [...flags, ...args], {
      cwd,
      env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
      stdio: ['ignore', 'pipe', 'pipe', ...(hasChannel ? ['ipc' as const] : [])],
    });
    process.on('exit', this.killWithUs);
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.exited = once(this.child, 'close').then(([code, signal]) => {
      process.off('exit', this.killWithUs);
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Resolves when the output matches. Rejects, with the output, where the process ends or `timeoutMs` pass before that. */
  async waitFor(pattern: RegExp, timeoutMs = 60_000): Promise<RegExpMatchArray> {
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

  /** Processor time that it has used, in seconds, all threads together. */
  cpuSeconds(): number {
    return cpuSecondsOf(this.pid);
  }

  /** Asks it to end and waits for that; after 20 s by force. */
  async [Symbol.asyncDispose](): Promise<void> {
    const force = setTimeout(() => this.child.kill('SIGKILL'), 20_000);
    this.child.kill('SIGTERM');
    await this.exited;
    clearTimeout(force);
  }
}

/** Processor time that a process has used, in seconds, all threads together. @throws where there is none of that id. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
