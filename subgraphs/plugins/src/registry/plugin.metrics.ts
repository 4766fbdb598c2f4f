/** Figures of each plugin for Prometheus: its calls in this process, and counts that PostgreSQL holds. */
import type { EntityManager } from '@chat/kit/database/database';
import type { GaugeDefinition, Reading } from '@chat/kit/telemetry/registries';
import type { CallEnd, CallResult } from '../sandbox/sandbox';

interface Calls {
  count: number;
  seconds: number;
}

export class PluginMetrics {
  /** By name and end. Names of removed plugins stay until the process ends, as counters do. */
  private readonly calls = new Map<string, Map<CallEnd, Calls>>();

  record(plugin: string, { end, ms }: Pick<CallResult, 'end' | 'ms'>): void {
    const ends = this.calls.get(plugin) ?? new Map<CallEnd, Calls>();
    this.calls.set(plugin, ends);
    const { count, seconds } = ends.get(end) ?? { count: 0, seconds: 0 };
    ends.set(end, { count: count + 1, seconds: seconds + ms / 1000 });
  }

  readonly gauges: readonly GaugeDefinition[] = [
    {
      name: 'plugin_calls_total',
      help: 'Calls of plugins by their end: returned, threw, time, memory, stack, output, calls, stalled, interrupted.',
      labels: ['plugin', 'end'],
      read: () => this.readings(({ count }) => count),
    },
    {
      name: 'plugin_call_seconds_total',
      help: 'Time that the code of plugins ran, seconds.',
      labels: ['plugin', 'end'],
      read: () => this.readings(({ seconds }) => seconds),
    },
  ];

  private readings(value: (calls: Calls) => number) {
    return [...this.calls].flatMap(([plugin, ends]) =>
      [...ends].map(([end, calls]) => ({ labels: { plugin, end }, value: value(calls) })),
    );
  }
}

/** @param counts a query of plugin ids with a number each */
export async function byPlugin(em: EntityManager, counts: string): Promise<Reading[]> {
  const rows = await em.execute<{ plugin: string; value: string }[]>(
    `select p.name as plugin, c.value from plugins.plugins p join (${counts}) as c (plugin_id, value) on c.plugin_id = p.id`,
  );
  return rows.map(({ plugin, value }) => ({ labels: { plugin }, value: Number(value) }));
}
