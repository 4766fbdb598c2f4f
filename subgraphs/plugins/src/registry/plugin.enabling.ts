/** Prepares the scheduled runs of an enabled plugin, and its address for HTTP requests. Idempotent. */
import type { EntityManager } from '@chat/kit/database/database';
import { randomBytes } from 'node:crypto';
import { isGranted, type Plugin } from './plugin';
import { updatePlugin } from './plugin.store';

/** Runs in the transaction that enables or upgrades the plugin. */
export async function prepareEnabled(tx: EntityManager, plugin: Plugin): Promise<void> {
  const { id, manifest, webhookToken } = plugin;
  if (isGranted(plugin, 'webhooks') && webhookToken === null)
    await updatePlugin(tx, id, { webhookToken: randomBytes(32).toString('base64url') });
  const schedules = JSON.stringify(manifest.schedules);
  await tx.execute(
    `delete from plugins.runs where plugin_id = ? and name not in (
       select name from jsonb_to_recordset(?::jsonb) as s (name text))`,
    [id, schedules],
  );
  await tx.execute(
    `insert into plugins.runs (plugin_id, name, next_at)
     select ?, name, now() + make_interval(mins => "everyMinutes")
     from jsonb_to_recordset(?::jsonb) as s (name text, "everyMinutes" integer) on conflict do nothing`,
    [id, schedules],
  );
}
