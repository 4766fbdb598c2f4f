/**
 * Threads for the functions of one module, so that their work does not delay the event loop. They start with the first call and end when
 * they are idle. Caches nothing.
 */
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import Piscina from 'piscina';
import { ApiError } from '../errors';
import { sourceFlags } from './run-sources';

/** Further calls are refused. */
const MAX_WAITING = 1000;
const IDLE_MS = 600_000;

export interface WorkerThreadsOptions {
  /** The module's file without its ending, beside the caller and compiled as it is. */
  module: string;
  /** The deadline for waiting, the start of a thread and its work, in milliseconds. */
  deadlineMs: number;
  /** The message of SERVICE_UNAVAILABLE. */
  overload: string;
  /** True for one thread that never idles out, because its module holds a state. The state is lost with a thread that was late or failed. */
  isStateful?: boolean;
}

export class WorkerThreads<Functions extends object> implements AsyncDisposable {
  private threads: Piscina | undefined;

  constructor(private readonly options: WorkerThreadsOptions) {}

  /** @throws SERVICE_UNAVAILABLE if too many calls wait, or the function fails or is late; the signal's reason if it aborts */
  async run<Result>(name: keyof Functions & string, input: unknown, signal?: AbortSignal): Promise<Result> {
    const deadline = AbortSignal.timeout(this.options.deadlineMs);
    try {
      const threads = (this.threads ??= this.start(name));
      return (await threads.run(input, {
        name,
        signal: signal ? AbortSignal.any([deadline, signal]) : deadline,
      })) as Result;
    } catch {
      signal?.throwIfAborted();
      throw new ApiError('SERVICE_UNAVAILABLE', this.options.overload);
    }
  }

  /** @param name some function of the module: a thread looks for one when it starts */
  private start(name: string): Piscina {
    return new Piscina({
      filename: `${this.options.module}${extname(__filename)}`,
      name,
      minThreads: 0,
      maxThreads: this.options.isStateful ? 1 : Math.max(1, availableParallelism() - 1),
      idleTimeout: this.options.isStateful ? Infinity : IDLE_MS,
      maxQueue: MAX_WAITING,
      execArgv: sourceFlags(),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.threads?.destroy();
  }
}
