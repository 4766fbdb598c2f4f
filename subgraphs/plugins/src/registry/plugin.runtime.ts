/**
 * Runs plugins of this installation: loads the present version into the sandbox when it is called, keeps its log and counts its failures.
 * Holds no SQL.
 */
import type { Logger } from '@chat/kit/logging';
import {
  isFault,
  type CallOptions,
  type CallResult,
  type Sandbox,
  type SandboxLimits,
  type SeriesStop,
} from '../sandbox/sandbox';
import { onlyChecksMessages, type PluginIsolation } from '../bundles/manifest';
import type { PluginApi } from '../api/plugin.api';
import type { Invocation } from './invocation';
import type { Plugin } from './plugin';
import type { PluginFaults } from './plugin.faults';
import type { PluginLogs } from './plugin.logs';
import { PluginMetrics } from './plugin.metrics';

/** A call that got less time, or ran for less because it waited for others, is no fault of the plugin if it is late, in milliseconds. */
const FAIR_MS = 20;

/** A call in a series. */
export interface PluginCall {
  plugin: Plugin;
  path: readonly string[];
  argument: unknown;
  invocation: Invocation;
}

/** Times of a series, in milliseconds. */
export interface SeriesTimes {
  until: SeriesStop;
  /** For all calls together until an answer, for each otherwise; by default, the longest call of a plugin. */
  totalMs?: number;
  /** Time that the code of each call may run; by default, the limit of the plugin. */
  callMs?: number;
}

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
    /** The choice of the operator by name; without one, that of the manifest counts. */
    private readonly isolations: ReadonlyMap<string, PluginIsolation>,
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
    const failure = await this.failureToLoad(plugin);
    if (failure !== undefined) return this.failedToLoad(plugin, failure);
    const result = await this.sandbox.call(plugin.id, path, argument, { ...options, context: { plugin, invocation } });
    this.record(plugin, path, result, options.callMs);
    return result;
  }

  /** Calls functions one after the other. @returns the results of those that ran, as `until` says. Never rejects. */
  async callInTurn(
    calls: readonly PluginCall[],
    { until, totalMs = this.limits.totalMs, callMs = Infinity }: SeriesTimes,
  ): Promise<CallResult[]> {
    const failures = await Promise.all(calls.map(({ plugin }) => this.failureToLoad(plugin)));
    const place = failures.findIndex((failure) => failure !== undefined);
    const sound = place === -1 ? calls : calls.slice(0, place);
    const results =
      sound.length === 0
        ? []
        : await this.sandbox.callInTurn(
            sound.map(({ plugin, path, argument, invocation }) => ({
              ...{ id: plugin.id, path, argument, context: { plugin, invocation } },
              ...(callMs !== Infinity && { callMs }),
            })),
            { until, totalMs },
          );
    let leftMs = callMs;
    for (const [index, result] of results.entries()) {
      this.record(sound[index]!.plugin, sound[index]!.path, result, leftMs);
      if (until === 'answer') leftMs -= result.ms;
    }
    if (place === -1 || results.length < sound.length || !mayGoOn(until, results.at(-1))) return results;
    return [...results, this.failedToLoad(calls[place]!.plugin, failures[place]!)];
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

  private record(plugin: Plugin, path: readonly string[], result: CallResult, callMs = Infinity): void {
    this.metrics.record(plugin.name, result);
    this.logs.write(plugin.id, result.log);
    if (result.end === 'returned') return;
    const ranLong = result.end !== 'time' || result.ms >= Math.min(FAIR_MS, this.limits.callMs);
    const counts = isFault(result.end) && callMs >= FAIR_MS && ranLong;
    this.note(plugin, `${path.join('.')}: ${result.error ?? result.end}`, counts);
  }

  /** Undefined if the plugin is loaded. */
  private failureToLoad(plugin: Plugin): Promise<string | undefined> {
    return this.loads(plugin).then(
      () => undefined,
      (error: unknown) => (error as Error).message,
    );
  }

  private failedToLoad(plugin: Plugin, error: string): CallResult {
    this.metrics.record(plugin.name, { end: 'threw', ms: 0 });
    this.note(plugin, `It could not be loaded: ${error}`, true);
    return { end: 'threw', error, log: [], ms: 0 };
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
    const { name, runtime, main, isolation } = manifest;
    const hasOwnContainer = (this.isolations.get(name) ?? isolation) === 'container';
    const sharesThread = onlyChecksMessages(manifest);
    return { id, files, runtime, main, hasOwnContainer, sharesThread, limits: this.limits, onApi: this.api.answer };
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

/** Whether the series goes on after a call with this result; undefined if there was no call. */
const mayGoOn = (until: SeriesStop, last: CallResult | undefined): boolean =>
  last === undefined || (until === 'answer' && last.end === 'returned' && last.value === null);
