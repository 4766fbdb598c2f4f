/**
 * Keeps the index of messages equal to the messages of the channels that opted in: by a job for each event of these channels, and by an
 * hourly comparison, which also fills in earlier messages and removes those of channels that opted out. Decides nothing about access.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { FollowedEvent } from '@chat/kit/events/event-followers';
import type { Jobs } from '@chat/kit/jobs/jobs';
import { chunksOf } from '../indexing/chunking';
import { indexSource, removeSource } from '../indexing/chunk.store';
import { enqueueEmbedding } from '../vectors/embeddings';
import { followChannels, messageOf, RETRIEVABLE_MESSAGES, type Messaging } from './messaging';

/** Follows the channels that opted in. A job of each change of a channel, and of every minute. */
export const FOLLOW_CHANNELS = 'follow-channels';
/** Indexes the message of one event. */
export const INDEX_MESSAGE = 'index-message';
/** Compares all messages. */
export const INDEX_MESSAGES = 'index-messages';

/** Messages of one transaction, which the messages of others wait for. */
const BATCH = 50;
const TEXT_IDS = 'array(select jsonb_array_elements_text(?::jsonb)::uuid)';

interface RetrievableMessage {
  id: string;
  channelId: string;
  body: string;
  editedAt: string | null;
}

export class MessageIndexing {
  constructor(
    private readonly fork: () => EntityManager,
    private readonly jobs: Jobs,
    private readonly messaging: Messaging,
  ) {}

  readonly followChannels = async (): Promise<void> => {
    if (!(await this.messaging.isInstalled())) return;
    const tasks = { channel: `knowledge:${FOLLOW_CHANNELS}`, message: `knowledge:${INDEX_MESSAGE}` };
    if (await followChannels(this.fork(), tasks)) await this.enqueueAll();
  };

  enqueueAll(): Promise<void> {
    return this.jobs.enqueue(this.fork(), INDEX_MESSAGES, {}, { key: INDEX_MESSAGES, queue: INDEX_MESSAGES });
  }

  readonly indexMessage = async (event: FollowedEvent): Promise<void> => {
    const id = await messageOf(this.fork(), event);
    if (id !== undefined) await this.index([id]);
  };

  readonly indexMessages = async (_: object, { signal }: { signal: AbortSignal }): Promise<void> => {
    if (!(await this.messaging.isInstalled())) return;
    for (const difference of [GONE, CHANGED])
      for (let after = NIL_ID; !signal.aborted;) {
        const rows = await this.fork().execute<{ id: string }[]>(difference, [after]);
        if (rows.length === 0) break;
        await this.index(rows.map(({ id }) => id));
        after = rows.at(-1)!.id;
      }
  };

  /** Brings these messages up to date. Idempotent. */
  private async index(ids: readonly string[]): Promise<void> {
    await this.fork().transactional(async (tx) => {
      // Reading comes after the lock, so that an earlier state never replaces a later one.
      await tx.execute(`select pg_advisory_xact_lock(hashtext('knowledge.retrieved_messages'))`);
      const messages = await tx.execute<RetrievableMessage[]>(
        `select id, channel_id as "channelId", body, edited_at::text as "editedAt" from ${RETRIEVABLE_MESSAGES}
         where id = any (${TEXT_IDS})`,
        [JSON.stringify(ids)],
      );
      const found = new Map(messages.map((message) => [message.id, message]));
      await tx.execute(`delete from knowledge.retrieved_messages where id = any (${TEXT_IDS})`, [JSON.stringify(ids)]);
      await tx.execute(
        `insert into knowledge.retrieved_messages (id, channel_id, edited_at)
         select id, "channelId", "editedAt"
         from jsonb_to_recordset(?::jsonb) as x(id uuid, "channelId" uuid, "editedAt" timestamptz)`,
        [JSON.stringify(messages.map(({ body: _, ...row }) => row))],
      );
      for (const id of ids) {
        const message = found.get(id);
        if (message) await indexSource(tx, { kind: 'MESSAGE', id, title: '', chunks: chunksOf(message.body) });
        else await removeSource(tx, { kind: 'MESSAGE', id });
      }
      await enqueueEmbedding(tx, this.jobs);
    });
  }
}

const NIL_ID = '00000000-0000-0000-0000-000000000000';

/** Indexed messages that are no longer retrievable, after an id. */
const GONE = `select k.id from knowledge.retrieved_messages k
  where k.id > ?::uuid and not exists (select 1 from ${RETRIEVABLE_MESSAGES} m where m.id = k.id)
  order by k.id limit ${BATCH}`;

/** Messages that are not indexed, or not in their current form, after an id. */
const CHANGED = `select m.id from ${RETRIEVABLE_MESSAGES} m left join knowledge.retrieved_messages k on k.id = m.id
  where m.id > ?::uuid and (k.id is null or k.edited_at is distinct from m.edited_at)
  order by m.id limit ${BATCH}`;
