/**
 * Keeps the index of messages equal to the messages of the channels that opted in: by a job for each event of these channels, and by an
 * hourly comparison, which also fills in earlier messages and removes those of channels that opted out. Decides nothing about access.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { FollowedEvent } from '@chat/kit/events/event-followers';
import type { Jobs } from '@chat/kit/jobs/jobs';
import { removeSource, writeSource, type PreparedSource } from '../indexing/chunk.store';
import type { SourceIndexer } from '../indexing/source.indexer';
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
    private readonly indexer: SourceIndexer,
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
    for (let left = ids; left.length > 0;) left = await this.indexOnce(left);
  }

  /** @returns the messages that changed meanwhile */
  private async indexOnce(ids: readonly string[]): Promise<string[]> {
    const em = this.fork();
    const prepared = new Map<string, { editedAt: string | null; source: PreparedSource }>();
    for (const { id, body, editedAt } of await readMessages(em, ids)) {
      const source = await this.indexer.prepare(em, { kind: 'MESSAGE', id, title: '', text: body });
      prepared.set(id, { editedAt, source });
    }
    return em.transactional(async (tx) => {
      // Reading again comes after the lock, so that an earlier state never replaces a later one.
      await tx.execute(`select pg_advisory_xact_lock(hashtext('knowledge.retrieved_messages'))`);
      const current = new Map((await readMessages(tx, ids)).map((message) => [message.id, message]));
      const changed: string[] = [];
      for (const id of ids) {
        const message = current.get(id);
        const ready = prepared.get(id);
        if (!message) await forget(tx, id);
        else if (ready?.editedAt === message.editedAt && (await writeSource(tx, ready.source)))
          await remember(tx, message);
        else changed.push(id);
      }
      await enqueueEmbedding(tx, this.jobs);
      return changed;
    });
  }
}

const readMessages = (em: EntityManager, ids: readonly string[]): Promise<RetrievableMessage[]> =>
  em.execute<RetrievableMessage[]>(
    `select id, channel_id as "channelId", body, edited_at::text as "editedAt" from ${RETRIEVABLE_MESSAGES}
     where id = any (array(select jsonb_array_elements_text(?::jsonb)::uuid))`,
    [JSON.stringify(ids)],
  );

async function remember(tx: EntityManager, { id, channelId, editedAt }: RetrievableMessage): Promise<void> {
  await tx.execute(
    `insert into knowledge.retrieved_messages (id, channel_id, edited_at) values (?, ?, ?::timestamptz)
     on conflict (id) do update set edited_at = excluded.edited_at`,
    [id, channelId, editedAt],
  );
}

async function forget(tx: EntityManager, id: string): Promise<void> {
  await tx.execute('delete from knowledge.retrieved_messages where id = ?', [id]);
  await removeSource(tx, { kind: 'MESSAGE', id });
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
