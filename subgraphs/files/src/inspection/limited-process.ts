/**
 * Runs a program that reads a stranger's file: with limits of memory, processor time, real time and output, without this process's
 * environment, and killed together with its children. Does not restrict the network.
 */
import { callAtExit } from '@chat/kit/process/at-exit';
import { residentBytes } from '@chat/kit/process/resident-memory';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';

export interface ProcessLimits {
  memoryBytes: number;
  /** Real time; processor time is limited to twice as much. */
  seconds: number;
  /** Bytes of each file that it writes. */
  fileBytes: number;
}

export interface LimitedRun {
  command: string;
  args: readonly string[];
  /** The working directory. */
  cwd: string;
  limits: ProcessLimits;
  /** Environment variables beside PATH and LANG. */
  env?: Record<string, string>;
  signal?: AbortSignal;
}

/** The program failed or exceeded a limit. Concerns the file, not the system. */
export class LimitedProcessError extends Error {
  constructor(
    readonly reason: 'failed' | 'memory' | 'time' | 'output',
    message: string,
    /** 127 if there is no such program; undefined if a signal ended it. */
    readonly exitCode?: number,
  ) {
    super(message);
    this.name = 'LimitedProcessError';
  }
}

/** Kept of standard output, in bytes; more ends the program. */
const MAX_OUTPUT = 16 << 20;
/** Kept of standard error, for messages, in characters. */
const MAX_COMPLAINT = 2000;
const MEMORY_CHECK_MS = 100;
/** Address space that V8 reserves and never uses counts for the kernel's limit, in bytes. */
const RESERVED = 1 << 30;

/** The shell sets the kernel's limits and becomes the program. Sizes are in KiB, files in blocks of 512 bytes. */
const SET_LIMITS = 'ulimit -c 0; ulimit -d "$1"; ulimit -t "$2"; ulimit -f "$3"; shift 3; exec "$@"';

/** @returns the standard output @throws LimitedProcessError; the signal's reason if it aborts */
export async function runLimited({ command, args, cwd, limits, env, signal }: LimitedRun): Promise<Buffer> {
  signal?.throwIfAborted();
  const numbers = [(limits.memoryBytes + RESERVED) / 1024, limits.seconds * 2, limits.fileBytes / 512].map((x) =>
    String(Math.ceil(x)),
  );
  const child = spawn('/bin/sh', ['-c', SET_LIMITS, 'sh', ...numbers, command, ...args], {
    cwd,
    detached: true, // leads a process group, so that its children can be killed with it
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', OMP_THREAD_LIMIT: '1', ...env },
  });
  const run = new Run(child, limits.memoryBytes);
  const timer = setTimeout(() => run.end('time'), limits.seconds * 1000);
  const abort = () => run.end('time');
  signal?.addEventListener('abort', abort, { once: true });
  const unregister = callAtExit(run.kill);
  try {
    const [code, killedBy] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    signal?.throwIfAborted();
    return run.result(code, killedBy);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    unregister();
    run.kill(); // children that outlived it
  }
}

class Run {
  private readonly output: Buffer[] = [];
  private outputBytes = 0;
  private complaint = '';
  private reason: LimitedProcessError['reason'] | undefined;

  constructor(
    private readonly child: ChildProcess,
    private readonly memoryBytes: number,
  ) {
    child.stdout!.on('data', (chunk: Buffer) => {
      this.outputBytes += chunk.length;
      if (this.outputBytes > MAX_OUTPUT) this.end('output');
      else this.output.push(chunk);
    });
    child.stderr!.on('data', (chunk: Buffer) => {
      this.complaint = (this.complaint + chunk.toString()).slice(-MAX_COMPLAINT);
    });
    void this.watchMemory();
  }

  readonly kill = (): void => {
    try {
      if (this.child.pid !== undefined) process.kill(-this.child.pid, 'SIGKILL');
    } catch {
      // the group has ended
    }
  };

  end(reason: LimitedProcessError['reason']): void {
    this.reason ??= reason;
    this.kill();
  }

  result(code: number | null, killedBy: NodeJS.Signals | null): Buffer {
    if (code === 0 && !this.reason) return Buffer.concat(this.output);
    const reason = this.reason ?? reasonOf(killedBy, this.complaint);
    const message = `${reason}: exit ${code ?? killedBy}. ${this.complaint}`.trim();
    throw new LimitedProcessError(reason, message, code ?? undefined);
  }

  /** The kernel's limit has to leave room for reserved memory, so resident memory is watched as well. */
  private async watchMemory(): Promise<void> {
    while (this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined) {
      const bytes = await residentBytes(this.child.pid);
      if (bytes === undefined) return;
      if (bytes > this.memoryBytes) return this.end('memory');
      await pause(MEMORY_CHECK_MS, undefined, { ref: false });
    }
  }
}

function reasonOf(killedBy: NodeJS.Signals | null, complaint: string): LimitedProcessError['reason'] {
  if (killedBy === 'SIGXCPU') return 'time';
  if (killedBy === 'SIGXFSZ') return 'output';
  return /out of memory|bad_alloc|ERR_MEMORY_ALLOCATION_FAILED|Cannot allocate memory/i.test(complaint)
    ? 'memory'
    : 'failed';
}
