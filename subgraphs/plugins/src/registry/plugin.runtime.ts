/**
 * Runs plugins of this installation: loads the present version into the sandbox when it is called, keeps its log and counts its failures.
 * Holds no SQL.
 */
import type { Logger } from '@chat/kit/logging';
import { isFault, type CallOptions, type CallResult, type Sandbox, type SandboxLimits } from '../sandbox/sandbox';
import type { PluginApi } from '../api/plugin.api';
import type { Invocation } from './invocation';
import type { Plugin } from './plugin';
import type { PluginFaults } from './plugin.faults';
import type { PluginLogs } from './plugin.logs';
import { PluginMetrics } from './plugin.metrics';

/** A call that got less time is no fault of the plugin if it is late, in milliseconds. */
const FAIR_MS = 20;

interface Loaded {
  revision: number;
  ready: Promise<void>;
}

export class PluginRuntime {
  readonly metrics = new PluginMetrics();
  private readonly loaded = new Map<string, Loaded>();

  constructor(
    private readonly sandbox: Sandbox,
    private readonly limits: SandboxLimits,
    private readonly api: PluginApi,
    private readonly logs: PluginLogs,
    private readonly faults: PluginFaults,
    private readonly log: Logger,
  ) {}

  /** Calls the function at `path` of a plugin. Never rejects. */
  async call(
    plugin: Plugin,
    path: readonly string[],
    argument: unknown,
    invocation: Invocation,
    options: Omit<CallOptions, 'context'> = {},
  ): Promise<CallResult> {
    try {
      await this.loads(plugin);
    } catch (error) {
      const message = (error as Error).message;
      this.metrics.record(plugin.name, { end: 'threw', ms: 0 });
      this.note(plugin, `It could not be loaded: ${message}`, true);
      return { end: 'threw', error: message, log: [], ms: 0 };
    }
    const result = await this.sandbox.call(plugin.id, path, argument, { ...options, context: { plugin, invocation } });
    this.metrics.record(plugin.name, result);
    this.logs.write(plugin.id, result.log);
    if (result.end !== 'returned')
      this.note(
        plugin,
        `${path.join('.')}: ${result.error ?? result.end}`,
        isFault(result.end) && (options.callMs ?? Infinity) >= FAIR_MS,
      );
    return result;
  }

  /** Loads a plugin before its first call. Never rejects. */
  async preload(plugin: Plugin): Promise<void> {
    await this.loads(plugin).catch((error: unknown) =>
      this.log.warn({ err: error, plugin: plugin.name }, 'a plugin cannot be loaded'),
    );
  }

  /** Evaluates another version beside the one that runs. @throws LoadError */
  async probe(plugin: Plugin, id: string): Promise<void> {
    await this.sandbox.load(this.program(plugin, id));
  }

  /** Calls a function of a version that was loaded by {@link probe}. */
  async callProbe(plugin: Plugin, id: string, path: readonly string[], argument: unknown): Promise<CallResult> {
    const result = await this.sandbox.call(id, path, argument, { context: { plugin, invocation: { depth: 0 } } });
    this.logs.write(plugin.id, result.log);
    return result;
  }

  async unload(id: string): Promise<void> {
    this.loaded.delete(id);
    await this.sandbox.unload(id);
  }

  private loads(plugin: Plugin): Promise<void> {
    const known = this.loaded.get(plugin.id);
    if (known && known.revision >= plugin.revision) return known.ready;
    const ready = this.sandbox.load(this.program(plugin, plugin.id));
    this.loaded.set(plugin.id, { revision: plugin.revision, ready });
    ready.catch(() => this.loaded.delete(plugin.id));
    return ready;
  }

  private program({ files, manifest }: Plugin, id: string) {
    return { id, files, runtime: manifest.runtime, main: manifest.main, limits: this.limits, onApi: this.api.answer };
  }

  private note(plugin: Plugin, error: string, counts: boolean): void {
    this.logs.write(plugin.id, [{ level: 'error', message: error }]);
    this.log.info({ plugin: plugin.name, error }, 'a call of a plugin failed');
    if (!counts) return;
    this.faults
      .record(plugin.id, error)
      .catch((err: unknown) => this.log.error({ err, plugin: plugin.name }, 'a failure could not be recorded'));
  }
}
