/** Reads and writes rows of plugins. Holds no rules. */
import type { EntityManager } from '@chat/kit/database/database';
import type { Bundle } from '../bundles/bundle';
import type { Plugin, PluginState } from './plugin';

interface PluginRow extends Omit<Plugin, 'files' | 'createdAt' | 'updatedAt'> {
  files: string;
  createdAt: string;
  updatedAt: string;
}

const COLUMNS = `id, name, version, state, manifest, files, publisher, granted, config, revision, bot_id as "botId", bot_key as "botKey",
  bot_key_id as "botKeyId", webhook_token as "webhookToken", restarts, last_error as "lastError", installed_by as "installedBy",
  created_at as "createdAt", updated_at as "updatedAt"`;

const toPlugin = ({ files, createdAt, updatedAt, ...row }: PluginRow): Plugin => ({
  ...row,
  files: JSON.parse(files) as Plugin['files'],
  createdAt: new Date(createdAt),
  updatedAt: new Date(updatedAt),
});

export async function findPlugins(em: EntityManager, state?: PluginState): Promise<Plugin[]> {
  const rows = await em.execute<PluginRow[]>(
    `select ${COLUMNS} from plugins.plugins where ?::text is null or state = ? order by name collate "C"`,
    [state ?? null, state ?? null],
  );
  return rows.map(toPlugin);
}

export async function findPlugin(em: EntityManager, id: string): Promise<Plugin | null> {
  const rows = await em.execute<PluginRow[]>(`select ${COLUMNS} from plugins.plugins where id = ?`, [id]);
  return rows[0] ? toPlugin(rows[0]) : null;
}

/** Locks the row until the transaction ends. */
export async function lockPlugin(tx: EntityManager, id: string): Promise<Plugin | null> {
  const rows = await tx.execute<PluginRow[]>(`select ${COLUMNS} from plugins.plugins where id = ? for update`, [id]);
  return rows[0] ? toPlugin(rows[0]) : null;
}

/** @returns false if the name is taken */
export async function insertPlugin(
  tx: EntityManager,
  id: string,
  installedBy: string,
  { manifest, files, publisher }: Bundle,
  config: Plugin['config'],
): Promise<boolean> {
  const rows = await tx.execute<unknown[]>(
    `insert into plugins.plugins (id, name, version, state, manifest, files, publisher, config, installed_by)
     values (?, ?, ?, 'INSTALLED', ?::jsonb, ?, ?, ?::jsonb, ?) on conflict (name) do nothing returning id`,
    [
      ...[id, manifest.name, manifest.version, JSON.stringify(manifest), JSON.stringify(files), publisher],
      ...[JSON.stringify(config), installedBy],
    ],
  );
  return rows.length > 0;
}

/** The columns that change, by the names of {@link Plugin}. */
export type PluginChange = Partial<
  Pick<
    Plugin,
    | 'version'
    | 'state'
    | 'manifest'
    | 'files'
    | 'publisher'
    | 'granted'
    | 'config'
    | 'botId'
    | 'botKey'
    | 'botKeyId'
    | 'webhookToken'
    | 'restarts'
    | 'lastError'
  >
>;

const WRITE: Record<keyof PluginChange, string> = {
  version: 'version = ?',
  state: 'state = ?',
  manifest: 'manifest = ?::jsonb',
  files: 'files = ?',
  publisher: 'publisher = ?',
  granted: 'granted = array(select jsonb_array_elements_text(?::jsonb))',
  config: 'config = ?::jsonb',
  botId: 'bot_id = ?',
  botKey: 'bot_key = ?',
  botKeyId: 'bot_key_id = ?',
  webhookToken: 'webhook_token = ?',
  restarts: 'restarts = ?',
  lastError: 'last_error = ?',
};

const isJson = (name: keyof PluginChange): boolean => ['manifest', 'files', 'granted', 'config'].includes(name);

export async function updatePlugin(tx: EntityManager, id: string, change: PluginChange): Promise<void> {
  const names = Object.keys(change) as (keyof PluginChange)[];
  const values = names.map((name) => (isJson(name) ? JSON.stringify(change[name]) : change[name]));
  const sets = [...names.map((name) => WRITE[name]), 'revision = revision + 1', 'updated_at = now()'];
  await tx.execute(`update plugins.plugins set ${sets.join(', ')} where id = ?`, [...values, id]);
}
