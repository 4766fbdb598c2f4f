/** Hashes and checks passwords with bcrypt on threads of its own. Takes as long for an account that does not exist as for one that does. */
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
  /** Nobody's: well-formed, so that it is checked like any other, and made up, so that nothing fits it. */
  private readonly decoy: string;
  private isClosed = false;

  /** @param cost bcrypt's, a power of two. @param maxWorkers threads, started when they are needed. */
  constructor(
    private readonly cost: number,
    private readonly maxWorkers: number,
  ) {
    this.decoy = `$2b$${String(cost).padStart(2, '0')}$${randomBytes(40).toString('base64url').replace(/[-_]/g, '.').slice(0, 53)}`;
  }

  hash(password: string): Promise<string> {
    return this.run<string>({ password: normalised(password), cost: this.cost });
  }

  /** Whether `password` is the one behind `hash`. Without a hash it takes the same time and says no. */
  async verify(password: string, hash: string | null | undefined): Promise<boolean> {
    const isRight = await this.run<boolean>({ password: normalised(password), hash: hash ?? this.decoy });
    return isRight && hash != null;
  }

  /** Whether a hash was made with another cost than today's and should be replaced at the next login. */
  isOutdated(hash: string): boolean {
    return Number(hash.split('$')[2]) !== this.cost;
  }

  private run<Result>(task: PasswordTask): Promise<Result> {
    if (this.isClosed) return Promise.reject(new Error('The password threads are stopped.'));
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
    // Of this process's own options the thread needs none; a source file's types are stripped by Node itself.
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
    worker.on('exit', () => this.lose(worker, new Error('A password thread ended.')));
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
    for (const { reject } of this.queue.splice(0)) reject(new Error('The password threads are stopped.'));
    await Promise.all([...this.idle, ...this.busy.keys()].map((worker) => worker.terminate()));
  }
}

/** The same password typed on another keyboard may come in another composition. */
const normalised = (password: string): string => password.normalize('NFKC');
