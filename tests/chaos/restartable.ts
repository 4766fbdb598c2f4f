/** A process of the system that tests kill, stop and restart at the same address. */
import { TestProcess } from '@chat/kit/testing/test-process';

export class Restartable implements AsyncDisposable {
  /** Exits that the test did not cause, each with the end of the output. */
  readonly unexpectedEnds: string[] = [];
  private process: TestProcess;
  private isEnding = false;

  constructor(
    readonly name: string,
    private readonly options: { args: string[]; env: Record<string, string>; cwd?: string | undefined },
    private readonly isUp: RegExp,
  ) {
    this.process = this.spawn();
  }

  /** Stops it gracefully, and starts one of the checkout `cwd`, by default this one, at the same address, with the variables of `env`. */
  async replace({
    cwd,
    env = {},
  }: { cwd?: string | undefined; env?: Record<string, string> | undefined } = {}): Promise<void> {
    this.isEnding = true;
    this.process.signal('SIGTERM');
    await this.process.exited;
    Object.assign(this.options.env, env);
    this.options.cwd = cwd;
    await this.start();
  }

  async started(): Promise<void> {
    await this.process.waitFor(this.isUp);
  }

  /** Kills it by SIGKILL. */
  async kill(): Promise<void> {
    this.isEnding = true;
    this.process.signal('SIGKILL');
    await this.process.exited;
  }

  async start(): Promise<void> {
    this.process = this.spawn();
    await this.started();
  }

  /** Stops it like a debugger or a frozen virtual machine; its connections stay open. */
  pause(): void {
    this.process.signal('SIGSTOP');
  }

  resume(): void {
    this.process.signal('SIGCONT');
  }

  private spawn(): TestProcess {
    this.isEnding = false;
    const process = new TestProcess(this.options);
    void process.exited.then(({ code, signal }) => {
      if (this.isEnding) return;
      this.unexpectedEnds.push(`${this.name} ended by itself (${code ?? signal}): ${process.output.slice(-2000)}`);
    });
    return process;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.isEnding = true;
    return this.process[Symbol.asyncDispose]();
  }
}
