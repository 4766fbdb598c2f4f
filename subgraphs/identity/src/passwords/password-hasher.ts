/** Hashes and verifies passwords with bcrypt in worker threads. Takes equally long for known and unknown accounts. */
import { randomBytes } from 'node:crypto';
import { extname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { PasswordTask } from './password.worker';

interface Waiting {
  task: PasswordTask;
  resolve: (result: never) => void;
  reject: (error: Error) => void;
}

export class PasswordHasher implements AsyncDisposable {
  private readonly idle: Worker[] = [];
  private readonly busy = new Map<Worker, Waiting>();
  private readonly queue: Waiting[] = [];
  /** A well-formed hash that no password matches, verified in place of a missing one. */
  private readonly decoy: string;
  private isClosed = false;

  /** @param cost of bcrypt, as a power of two. @param maxWorkers limit of threads, which start on demand. */
  constructor(
    private readonly cost: number,
    private readonly maxWorkers: number,
  ) {
    this.decoy = `$2b$${String(cost).padStart(2, '0')}$${randomBytes(40).toString('base64url').replace(/[-_]/g, '.').slice(0, 53)}`;
  }

  hash(password: string): Promise<string> {
    return this.run<string>({ password: normalised(password), cost: this.cost });
  }

  /** Whether `password` matches `hash`. Without a hash, returns false after the same time. */
  async verify(password: string, hash: string | null | undefined): Promise<boolean> {
    const isRight = await this.run<boolean>({ password: normalised(password), hash: hash ?? this.decoy });
    return isRight && hash != null;
  }

  /** Whether a hash has another cost than the configured one and should be replaced at the next login. */
  isOutdated(hash: string): boolean {
    return Number(hash.split('$')[2]) !== this.cost;
  }

  private run<Result>(task: PasswordTask): Promise<Result> {
    if (this.isClosed) return Promise.reject(new Error('The password threads have stopped.'));
    return new Promise<Result>((resolve, reject) => {
      this.queue.push({ task, resolve, reject });
      this.dispatch();
    });
  }

  private dispatch(): void {
    const next = this.queue[0];
    if (!next) return;
    const worker = this.idle.pop() ?? (this.busy.size < this.maxWorkers ? this.start() : undefined);
    if (!worker) return;
    this.queue.shift();
    this.busy.set(worker, next);
    worker.ref();
    worker.postMessage(next.task);
  }

  private start(): Worker {
    // The thread needs none of this process's options, because Node itself strips the types of a source file.
    const worker = new Worker(join(__dirname, `password.worker${extname(__filename)}`), {
      execArgv: ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'],
    });
    worker.on('message', (result: unknown) => {
      this.busy.get(worker)?.resolve(result as never);
      this.busy.delete(worker);
      worker.unref(); // an idle thread does not keep the process alive
      this.idle.push(worker);
      this.dispatch();
    });
    worker.on('error', (error) => this.lose(worker, error instanceof Error ? error : new Error(String(error))));
    worker.on('exit', () => this.lose(worker, new Error('A password thread exited.')));
    return worker;
  }

  private lose(worker: Worker, error: Error): void {
    this.busy.get(worker)?.reject(error);
    this.busy.delete(worker);
    const place = this.idle.indexOf(worker);
    if (place >= 0) this.idle.splice(place, 1);
    if (!this.isClosed) this.dispatch();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    for (const { reject } of this.queue.splice(0)) reject(new Error('The password threads have stopped.'));
    await Promise.all([...this.idle, ...this.busy.keys()].map((worker) => worker.terminate()));
  }
}

/** Another keyboard may compose the same password differently. */
const normalised = (password: string): string => password.normalize('NFKC');
