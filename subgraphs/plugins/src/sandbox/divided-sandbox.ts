/**
 * Runs each program that has a container of its own in a host process of its own, and all others in the one that they share. Decides neither
 * which program has one, nor how a host process is isolated.
 */
import type { ProcessSandbox } from './process-sandbox';
import {
  LoadError,
  type CallOptions,
  type CallResult,
  type Program,
  type Sandbox,
  type SandboxLimits,
  type SeriesCall,
  type SeriesOptions,
} from './sandbox';

export class DividedSandbox implements Sandbox {
  /** Sandboxes of one program each, by its id. */
  private readonly own = new Map<string, ProcessSandbox>();
  private endedRestarts = 0;

  /** @param open makes the sandbox of a program that has a container of its own; nothing starts before its program is loaded */
  constructor(
    private readonly shared: ProcessSandbox,
    private readonly open: () => ProcessSandbox,
  ) {}

  get isolation(): string {
    return this.shared.isolation;
  }

  /** Number of host processes that have ended by themselves. */
  get restarts(): number {
    return [...this.own.values()].reduce(
      (sum, { restarts }) => sum + restarts,
      this.shared.restarts + this.endedRestarts,
    );
  }

  /** @throws LoadError, also if its container does not start */
  async load(program: Program): Promise<void> {
    if (!program.hasOwnContainer) {
      await this.shared.load(program);
      return this.endOwn(program.id);
    }
    const sandbox = this.own.get(program.id) ?? this.open();
    const isNew = !this.own.has(program.id);
    this.own.set(program.id, sandbox);
    try {
      await sandbox.load(program);
    } catch (error) {
      if (isNew) await this.endOwn(program.id);
      if (error instanceof LoadError) throw error;
      throw new LoadError(`It needs a container of its own, and none starts here. ${(error as Error).message}`.trim());
    }
    await this.shared.unload(program.id);
  }

  async unload(id: string): Promise<void> {
    await this.endOwn(id);
    await this.shared.unload(id);
  }

  call(id: string, path: readonly string[], argument: unknown, options?: CallOptions): Promise<CallResult> {
    return this.of(id).call(id, path, argument, options);
  }

  /** Runs the first calls that one host process can run. */
  async callInTurn(calls: readonly SeriesCall[], options: SeriesOptions): Promise<CallResult[]> {
    const [first] = calls;
    if (!first) return [];
    const sandbox = this.of(first.id);
    const end = calls.findIndex(({ id }) => this.of(id) !== sandbox);
    return sandbox.callInTurn(end === -1 ? calls : calls.slice(0, end), options);
  }

  evaluate(source: string, name: string, limits: SandboxLimits): Promise<CallResult> {
    return this.shared.evaluate(source, name, limits);
  }

  private of(id: string): ProcessSandbox {
    return this.own.get(id) ?? this.shared;
  }

  private async endOwn(id: string): Promise<void> {
    const sandbox = this.own.get(id);
    this.own.delete(id);
    this.endedRestarts += sandbox?.restarts ?? 0;
    await sandbox?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const id of [...this.own.keys()]) await this.endOwn(id);
    await this.shared[Symbol.asyncDispose]();
  }
}
