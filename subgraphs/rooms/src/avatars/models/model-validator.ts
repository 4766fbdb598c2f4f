/** Checks models in a worker thread with a deadline and a memory limit. A model that exceeds either is refused, and the thread replaced. */
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { sourceFlags } from '@chat/kit/process/run-sources';
import type { CheckTask, Verdict } from './model-check';

export interface ValidatorOptions {
  /** Per model, in milliseconds; default 20,000. */
  deadlineMs?: number;
  /** Of the heap, in megabytes; default 512. */
  memoryMb?: number;
}

export class ModelValidator implements AsyncDisposable {
  private worker: Worker | undefined;
  private queue: Promise<unknown> = Promise.resolve();
  private readonly deadlineMs: number;
  private readonly memoryMb: number;

  constructor({ deadlineMs = 20_000, memoryMb = 512 }: ValidatorOptions = {}) {
    this.deadlineMs = deadlineMs;
    this.memoryMb = memoryMb;
  }

  /** One model at a time. Never rejects because of a model. */
  check(task: CheckTask): Promise<Verdict> {
    const checked = this.queue.then(() => this.run(task));
    this.queue = checked.catch(() => undefined);
    return checked;
  }

  private async run(task: CheckTask): Promise<Verdict> {
    const worker = (this.worker ??= this.start());
    worker.ref();
    const { promise, resolve } = Promise.withResolvers<Verdict>();
    const refuse = (reason: string) => {
      this.worker = undefined;
      void worker.terminate();
      resolve({ isValid: false, errors: null, codes: [], format: null, animations: [], problems: [reason] });
    };
    const timer = setTimeout(() => refuse('The check of the model took too long.'), this.deadlineMs);
    const onError = () => refuse('The check of the model failed.');
    worker.once('message', resolve).once('error', onError).once('exit', onError);
    worker.postMessage(task);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      worker.unref(); // an idle thread does not keep the process alive
      worker.off('message', resolve).off('error', onError).off('exit', onError);
    }
  }

  private start(): Worker {
    const worker = new Worker(join(__dirname, `model.worker${extname(__filename)}`), {
      execArgv: sourceFlags(),
      resourceLimits: { maxOldGenerationSizeMb: this.memoryMb },
    });
    worker.on('error', () => undefined); // of a thread that is being ended
    return worker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker?.terminate();
  }
}
