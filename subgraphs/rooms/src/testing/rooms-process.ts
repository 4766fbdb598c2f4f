/** The rooms subgraph as a process of its own beside the one of a test, which a test may kill at any time. It starts again by itself. */
import { freePort } from '@chat/kit/process/free-port';
import { TestProcess } from '@chat/kit/testing/test-process';
import type { RoomsConfig } from '../config';

export class RoomsProcess implements AsyncDisposable {
  /** How often it was killed. */
  kills = 0;
  private process!: TestProcess;
  private starting: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly config: RoomsConfig,
    private readonly port: number,
  ) {}

  /** @param config of the other process, with the same database and Redis */
  static async start(config: RoomsConfig): Promise<RoomsProcess> {
    const started = new RoomsProcess(config, await freePort());
    await started.run();
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/graphql`;
  }

  private async run(): Promise<void> {
    const { DATABASE_URL, REDIS_URL, REDIS_PREFIX, SECRET_KEY = '' } = this.config;
    this.process = new TestProcess({
      args: ['subgraphs/rooms/src/main.ts'],
      env: { DATABASE_URL, REDIS_URL, REDIS_PREFIX, SECRET_KEY, PORT: String(this.port) },
    });
    await this.process.waitFor(/"msg":"ready"/);
  }

  /** Kills it without a warning, unless it is starting. Resolves at once; requests to it fail until it has started again. */
  kill(): void {
    const { process } = this;
    if (!process.output.includes('"msg":"ready"')) return;
    this.kills++;
    process.signal('SIGKILL');
    process.output = '';
    this.starting = process.exited.then(() => this.run());
  }

  /** Resolves once it takes requests. */
  async ready(): Promise<void> {
    await this.starting;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.starting;
    await this.process[Symbol.asyncDispose]();
  }
}
