/** Counts the failures of plugins, and suspends a plugin that has too many within an hour. */
import type { EntityManager } from '@chat/kit/database/database';
import type { EventLog } from '@chat/kit/events/event-log';
import type { PluginDirectory } from './plugin.directory';
import { PluginState } from './plugin';
import { REGISTRY } from './plugin.events';
import { lockPlugin, updatePlugin } from './plugin.store';

export class PluginFaults {
  /** Plugin → failures that this process has recorded. */
  readonly counts = new Map<string, number>();

  constructor(
    private readonly fork: () => EntityManager,
    private readonly eventLog: EventLog,
    private readonly directory: PluginDirectory,
    private readonly maxPerHour: number,
  ) {}

  /** Records one failure. Does nothing if the plugin is no longer enabled. */
  async record(pluginId: string, error: string): Promise<void> {
    await this.eventLog.transaction(this.fork(), async (tx, append) => {
      const plugin = await lockPlugin(tx, pluginId);
      if (plugin?.state !== PluginState.ENABLED) return;
      const reason = error.toWellFormed().replaceAll('\0', '\ufffd').slice(0, 1_000);
      await tx.execute('insert into plugins.faults (plugin_id, error) values (?, ?)', [pluginId, reason]);
      const [recent] = await tx.execute<{ count: number }[]>(
        "select count(*)::int as count from plugins.faults where plugin_id = ? and at > now() - interval '1 hour'",
        [pluginId],
      );
      const isSuspended = recent!.count >= this.maxPerHour;
      const lastError = isSuspended
        ? `Suspended after ${recent!.count} failures within an hour. The last one: ${reason}`
        : reason;
      const restarts = plugin.restarts + 1;
      const state = isSuspended ? PluginState.FAILED : plugin.state;
      await updatePlugin(tx, pluginId, { state, restarts, lastError });
      await append(REGISTRY, 'PluginStateChanged', { id: pluginId, state, restarts, lastError });
    });
    this.counts.set(pluginId, (this.counts.get(pluginId) ?? 0) + 1);
    this.directory.changed();
  }

  /** Starts to count anew. */
  async forgive(tx: EntityManager, pluginId: string): Promise<void> {
    await tx.execute('delete from plugins.faults where plugin_id = ?', [pluginId]);
  }

  async removeExpired(): Promise<void> {
    await this.fork().execute("delete from plugins.faults where at < now() - interval '1 day'");
  }
}
