/** The cause of events: the account or plugin behind each, and how many plugins acted in a row before. Chains of plugins end by it. */
import type { EntityManager } from '@chat/kit/database/database';
import type { News } from '@chat/kit/events/event-followers';
import { MAX_DEPTH, TOKEN_PREFIX } from '../api/plugin.messages';
import type { Cause } from '../graph/cause';

export interface EventCause {
  depth: number;
  /** The plugin that acted, if it is known. */
  pluginId?: string;
  /** The author of the message. */
  accountId?: string;
}

/** A function that tells the cause of each of these events. @param read the cause that came with an event; undefined if no bot's request made it */
export async function findCauses(
  em: EntityManager,
  events: readonly News[],
  read: (cause: string | undefined) => Cause | undefined,
): Promise<(event: News) => EventCause> {
  const messages = await causesOfMessages(
    em,
    events.flatMap((event) => authoredMessage(event) ?? []),
  );
  const files = await causesOfFiles(
    em,
    events.flatMap((event) => fileOf(event) ?? []),
  );
  return (event) => {
    const told = read(event.cause);
    const messageId = authoredMessage(event);
    const fileId = fileOf(event);
    if (messageId !== undefined) return deeper(messages.get(messageId), told);
    if (fileId !== undefined) return deeper(files.get(fileId), told);
    return told ?? { depth: 0 };
  };
}

/** Anybody reacts to a message; its author adds, edits and deletes it. */
const authoredMessage = ({ type, payload: { messageId } }: News): string | undefined =>
  typeof messageId === 'string' && type !== 'ReactionsChanged' ? messageId : undefined;

const fileOf = ({ schema, payload: { id } }: News): string | undefined =>
  schema === 'files' && typeof id === 'string' ? id : undefined;

const deeper = (found: EventCause = { depth: 0 }, told: Cause | undefined): EventCause =>
  told ? { ...found, pluginId: told.pluginId, depth: Math.max(found.depth, told.depth) } : found;

/** New messages are stored many at once, so their token tells the depth. */
async function causesOfMessages(em: EntityManager, ids: readonly string[]): Promise<Map<string, EventCause>> {
  if (ids.length === 0) return new Map();
  const rows = await em.execute<
    { id: string; author_id: string; token: string | null; depth: number | null; is_bot: boolean }[]
  >(
    `select m.id, m.author_id, m.client_mutation_id as token, s.depth,
       exists (select 1 from plugins.plugins p where p.bot_id = m.author_id) as is_bot
     from messaging.messages m left join plugins.sent s on s.token = m.client_mutation_id
     where m.id = any (array(select jsonb_array_elements_text(?::jsonb)::uuid))`,
    [JSON.stringify(ids)],
  );
  return new Map(
    rows.map(({ id, author_id: accountId, token, depth, is_bot: isBot }) => {
      const isKnown = token?.startsWith(TOKEN_PREFIX) && depth !== null;
      // A bot that sent it by the graph could do so without an end.
      return [id, { depth: isKnown ? depth : isBot ? MAX_DEPTH : 0, accountId }];
    }),
  );
}

/** A file is READY after its scan, which is no request. */
async function causesOfFiles(em: EntityManager, ids: readonly string[]): Promise<Map<string, EventCause>> {
  if (ids.length === 0) return new Map();
  const rows = await em.execute<{ id: string; is_bot: boolean }[]>(
    `select f.id, exists (select 1 from plugins.plugins p where p.bot_id = f.owner_id) as is_bot
     from files.files f where f.id = any (array(select jsonb_array_elements_text(?::jsonb)::uuid))`,
    [JSON.stringify(ids)],
  );
  return new Map(rows.map(({ id, is_bot: isBot }) => [id, { depth: isBot ? MAX_DEPTH : 0 }]));
}
