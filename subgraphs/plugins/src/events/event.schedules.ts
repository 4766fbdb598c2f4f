/** Runs the schedules of plugins. A run that a dead process has missed happens once, later. */
import type { EntityManager } from '@chat/kit/database/database';
import type { PluginDirectory } from '../registry/plugin.directory';
import type { PluginRuntime } from '../registry/plugin.runtime';

export const RUN_SCHEDULES = 'run-schedules';

export class PluginSchedules {
  constructor(
    private readonly fork: () => EntityManager,
    private readonly directory: PluginDirectory,
    private readonly runtime: PluginRuntime,
  ) {}

  /** Runs all that is due. */
  readonly run = async (): Promise<void> => {
    for (const plugin of await this.directory.enabled())
      for (const { name, everyMinutes } of plugin.manifest.schedules) {
        const due = await this.fork().execute<{ at: string }[]>(
          `update plugins.runs set next_at = greatest(next_at + make_interval(mins => ?), now())
           where plugin_id = ? and name = ? and next_at <= now() returning now() as at`,
          [everyMinutes, plugin.id, name],
        );
        const [run] = due;
        if (!run) continue;
        const at = new Date(run.at).toISOString();
        await this.runtime.call(plugin, ['schedules', name], { name, at }, { depth: 0, key: `${name}:${at}` });
      }
  };

  async removeExpired(): Promise<void> {
    await this.fork().execute(
      "delete from plugins.sent where created_at < now() - interval '90 days' and components is null",
    );
    await this.fork().execute('delete from plugins.interactions where expires_at < now()');
  }
}
