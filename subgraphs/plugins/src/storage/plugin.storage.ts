/** Values that plugins store by key, as JSON, within a quota. */
import type { EntityManager } from '@chat/kit/database/database';

const MAX_KEY = 200;
const MAX_LISTED = 1_000;

/** The error's message reaches the plugin. */
class StorageError extends Error {}

export class PluginStorage {
  /** @param quotaBytes of keys and values of one plugin, in bytes of UTF-8 */
  constructor(
    private readonly fork: () => EntityManager,
    private readonly quotaBytes: number,
  ) {}

  /** Null if there is none. */
  async get(pluginId: string, key: unknown): Promise<unknown> {
    const [row] = await this.fork().execute<{ value: string }[]>(
      'select value from plugins.stored where plugin_id = ? and key = ?',
      [pluginId, keyOf(key)],
    );
    return row ? JSON.parse(row.value) : null;
  }

  async set(pluginId: string, key: unknown, value: unknown): Promise<void> {
    await this.change(pluginId, keyOf(key), () => value);
  }

  /** Adds to a number, which is 0 if nothing is stored. Atomic over all processes. @returns the sum */
  async increment(pluginId: string, key: unknown, by: unknown): Promise<number> {
    if (typeof by !== 'number' || !Number.isFinite(by)) throw new StorageError('The increment must be a number.');
    return (await this.change(pluginId, keyOf(key), (before) => {
      if (before !== null && typeof before !== 'number') throw new StorageError('The stored value is no number.');
      return (before ?? 0) + by;
    })) as number;
  }

  async delete(pluginId: string, key: unknown): Promise<void> {
    await this.fork().execute('delete from plugins.stored where plugin_id = ? and key = ?', [pluginId, keyOf(key)]);
  }

  /** Keys with a prefix, in the order of their bytes; at most {@link MAX_LISTED}. */
  async list(pluginId: string, prefix: unknown): Promise<string[]> {
    if (typeof prefix !== 'string') throw new StorageError('The prefix must be text.');
    const rows = await this.fork().execute<{ key: string }[]>(
      'select key from plugins.stored where plugin_id = ? and starts_with(key, ?) order by key limit ?',
      [pluginId, prefix.toWellFormed().replaceAll('\0', ''), MAX_LISTED],
    );
    return rows.map(({ key }) => key);
  }

  private async change(pluginId: string, key: string, next: (before: unknown) => unknown): Promise<unknown> {
    return this.fork().transactional(async (tx) => {
      // One writer per plugin, so that the sum is right.
      await tx.execute("select pg_advisory_xact_lock(hashtextextended('plugin storage ' || ?, 0))", [pluginId]);
      const [row] = await tx.execute<{ value: string }[]>(
        'select value from plugins.stored where plugin_id = ? and key = ?',
        [pluginId, key],
      );
      const value = next(row ? JSON.parse(row.value) : null);
      const text = JSON.stringify(value) ?? 'null';
      if (text.includes('\\u0000')) throw new StorageError('A value must not have the character U+0000.');
      const bytes = Buffer.byteLength(key) + Buffer.byteLength(text);
      const [used] = await tx.execute<{ bytes: string }[]>(
        'select coalesce(sum(bytes), 0) as bytes from plugins.stored where plugin_id = ? and key <> ?',
        [pluginId, key],
      );
      if (Number(used!.bytes) + bytes > this.quotaBytes)
        throw new StorageError(`The plugin may store ${this.quotaBytes} bytes.`);
      await tx.execute(
        `insert into plugins.stored (plugin_id, key, value, bytes) values (?, ?, ?, ?)
         on conflict (plugin_id, key) do update set value = excluded.value, bytes = excluded.bytes`,
        [pluginId, key, text, bytes],
      );
      return value;
    });
  }
}

function keyOf(key: unknown): string {
  if (typeof key !== 'string' || key === '' || key.length > MAX_KEY || key.includes('\0') || !key.isWellFormed())
    throw new StorageError(`A key is text of 1 to ${MAX_KEY} characters.`);
  return key;
}
