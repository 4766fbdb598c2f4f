/** The cause of an event: the account or plugin behind it, and how many plugins acted in a row before. Chains of plugins end by it. */
import type { EntityManager } from '@chat/kit/database/database';
import { MAX_DEPTH, TOKEN_PREFIX } from '../api/plugin.messages';
import type { Cause } from '../graph/cause';
import type { SourceEvent } from './event.sources';

export interface EventCause {
  depth: number;
  /** The plugin that acted, if it is known. */
  pluginId?: string;
  /** The author of the message. */
  accountId?: string;
}

/** @param told the cause that came with the event; absent if no bot's request made it */
export async function findCause(em: EntityManager, event: SourceEvent, told: Cause | undefined): Promise<EventCause> {
  const { messageId } = event.payload;
  // Anybody reacts to a message; its author adds, edits and deletes it.
  if (typeof messageId === 'string' && event.type !== 'ReactionsChanged')
    return deeper(await causeOfMessage(em, messageId), told);
  if (event.schema === 'files') return deeper(await causeOfFile(em, event.payload['id']), told);
  return told ?? { depth: 0 };
}

const deeper = (found: EventCause, told: Cause | undefined): EventCause =>
  told ? { ...found, pluginId: told.pluginId, depth: Math.max(found.depth, told.depth) } : found;

/** New messages are stored many at once, so their token tells the depth. */
async function causeOfMessage(em: EntityManager, messageId: string): Promise<EventCause> {
  const [row] = await em.execute<{ author_id: string; token: string | null; depth: number | null; is_bot: boolean }[]>(
    `select m.author_id, m.client_mutation_id as token, s.depth,
       exists (select 1 from plugins.plugins p where p.bot_id = m.author_id) as is_bot
     from messaging.messages m left join plugins.sent s on s.token = m.client_mutation_id where m.id = ?`,
    [messageId],
  );
  if (!row) return { depth: 0 };
  const isKnown = row.token?.startsWith(TOKEN_PREFIX) && row.depth !== null;
  // A bot that sent it by the graph could do so without an end.
  return { depth: isKnown ? row.depth! : row.is_bot ? MAX_DEPTH : 0, accountId: row.author_id };
}

/** A file is READY after its scan, which is no request. */
async function causeOfFile(em: EntityManager, fileId: unknown): Promise<EventCause> {
  const [row] = await em.execute<{ is_bot: boolean }[]>(
    'select exists (select 1 from plugins.plugins p where p.bot_id = f.owner_id) as is_bot from files.files f where f.id = ?',
    [fileId],
  );
  return { depth: row?.is_bot ? MAX_DEPTH : 0 };
}
