/** Seals the keys of bots with the current SECRET_KEY, so that a former one can be forgotten. Keys that nobody can open stay as they are. */
import type { EntityManager } from '@chat/kit/database/database';
import type { SecretBox } from '../graph/secret-box';

/** Idempotent. A key that another process changes meanwhile keeps that change. */
export async function resealBotKeys(em: EntityManager, box: SecretBox): Promise<void> {
  const rows = await em.execute<{ id: string; key: string }[]>(
    'select id, bot_key as key from plugins.plugins where bot_key is not null',
  );
  for (const { id, key } of rows) {
    const resealed = box.reseal(key);
    if (resealed === undefined) continue;
    await em.execute('update plugins.plugins set bot_key = ? where id = ? and bot_key = ?', [resealed, id, key]);
  }
}
