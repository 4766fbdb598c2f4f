/** A process of a bench: pinned to processors, observed from outside, and controlled through an IPC channel. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NODE_FLAGS, TestProcess } from '@chat/kit/testing/test-process';

/** Processor assignment: the candidate has a processor to itself, and everything else shares the others; or `free`, all share all. */
export type Side = 'measured' | 'load' | 'free';

export interface BenchProcessOptions {
  /** A script, relative to the root of the repository, and its arguments. */
  args: string[];
  side: Side;
  env?: Record<string, string>;
  /** Flags of node in addition to those that our sources need. */
  flags?: string[];
  /** The checkout that the script and its modules come from; this repository by default. */
  cwd?: string;
}

interface Reply {
  id: number;
  result?: unknown;
  error?: string;
}

const PROBE = join(__dirname, 'probe.cjs');

/** The processors of the bench; read before it pins itself. */
const PROCESSORS = processorsOf(process.pid);

export class BenchProcess extends TestProcess {
  /** Whether processes are pinned. If not, all are `free`. */
  static isPinning = true;
  private lastId = 0;
  private readonly waiting = new Map<number, (reply: Reply) => void>();

  constructor({ args, side, env, flags = [], cwd }: BenchProcessOptions) {
    super({
      args,
      ...(cwd && { cwd }),
      env: { NODE_ENV: 'production', APOLLO_TELEMETRY_DISABLED: 'true', ...env },
      // Without the flag, V8 shrinks the heap of a process that is idle while others are measured.
      flags: [
        '--no-memory-reducer',
        '--expose-gc',
        '-r',
        PROBE,
        ...(args[0]?.endsWith('.ts') ? NODE_FLAGS : []),
        ...flags,
      ],
      hasChannel: true,
    });
    if (side !== 'free' && BenchProcess.isPinning) {
      pin(process.pid, 'load'); // the bench itself is part of the load
      pin(this.pid, side);
    }
    this.child.on('message', (reply: Reply) => {
      this.waiting.get(reply.id)?.(reply);
      this.waiting.delete(reply.id);
    });
    void this.exited.then(() => {
      for (const [id, settle] of this.waiting) settle({ id, error: `The process ended:\n${this.output}` });
    });
  }

  /** Runs a command that the process registered with the probe. @throws the command's error, or an error if the process ends */
  call<Result>(command: string, argument?: unknown): Promise<Result> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, ({ result, error }) => (error ? reject(new Error(error)) : resolve(result as Result)));
      this.child.send({ id, command, argument });
    });
  }

  /** Resident set size after a garbage collection, in kilobytes. */
  async collectedKb(): Promise<number> {
    await this.call('collect');
    return this.residentKb();
  }

  residentKb(): number {
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes);
  }
}

/** The processors that a process may use, in ascending order. */
export function processorsOf(pid: number): number[] {
  const [, list = ''] = /^Cpus_allowed_list:\s+(\S+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return list.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

/** The first processor belongs to the candidate. If there is only one processor, or no taskset, nothing is pinned. */
function pin(pid: number, side: Exclude<Side, 'free'>): void {
  const [first, ...others] = PROCESSORS;
  if (others.length === 0) return;
  const where = side === 'measured' ? String(first) : others.join(',');
  try {
    execFileSync('taskset', ['-acp', where, String(pid)], { stdio: 'ignore' });
  } catch {
    process.stderr.write('taskset is not there: processes share all processors, and figures vary more.\n');
  }
}
