/** Scheduled messages: a row that the author can see, and a job that sends the message. */
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError, badUserInput, notFound } from '@chat/kit/errors';
import { foreignCursor, pageRequest, toConnection, type PageArguments } from '@chat/kit/graphql/connection';
import { checkAll } from '@chat/kit/graphql/wrong-fields';
import { isId, newId } from '@chat/kit/ids';
import type { JobTask, Jobs } from '@chat/kit/jobs/jobs';
import type { AbsentAuthors } from '../../channels/absent-authors';
import type { ChannelAccess } from '../../channels/channel.rules';
import type { MessageSender } from '../message.sender';
import { toScheduled, type ScheduledMessageEntity, type ScheduledMessageRow } from './scheduled-message.entity';
import type { ScheduleMessageInput, UpdateScheduledMessageInput } from './scheduled-message.type';

const MAX_AHEAD_MS = 366 * 86_400_000;
/** The limit per account, including failed messages. */
export const MAX_SCHEDULED = 500;
/** Error codes for which a retry is pointless. */
const FINAL = ['BAD_USER_INPUT', 'CONFLICT', 'FORBIDDEN', 'NOT_FOUND'];
/** The latest time that PostgreSQL and JavaScript format alike, in milliseconds since 1970. */
const LAST_YEAR = Date.UTC(9999, 0);
const LIST = 'scheduledMessages';

/** The task's name. */
export const SEND_SCHEDULED = 'send-scheduled-message';

interface ScheduledJob {
  id: string;
  /** Absent from jobs of earlier releases. */
  sendAt?: string;
}

export class ScheduledMessageService {
  constructor(
    private readonly jobs: Jobs,
    private readonly sender: MessageSender,
    private readonly authors: AbsentAuthors,
    private readonly fork: () => EntityManager,
  ) {}

  /** @throws BAD_USER_INPUT; LIMIT_EXCEEDED if the account has too many. */
  async scheduleMessage(
    em: EntityManager,
    access: ChannelAccess,
    keyId: string | null,
    { body, sendAt }: ScheduleMessageInput,
  ): Promise<ScheduledMessageEntity> {
    await this.checkMessage(access, { body, sendAt });
    const id = newId();
    await em.transactional(async (tx) => {
      await tx.execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [
        `scheduled-messages:${access.viewerId}`,
      ]);
      const [known] = await tx.execute<{ count: number }[]>(
        'select count(*)::int as count from messaging.scheduled_messages where author_id = ?',
        [access.viewerId],
      );
      if (known!.count >= MAX_SCHEDULED)
        throw new ApiError(
          'LIMIT_EXCEEDED',
          `There are ${MAX_SCHEDULED} scheduled messages already. Cancel one first.`,
        );
      await tx.execute(
        `insert into messaging.scheduled_messages (id, channel_id, author_id, made_by_key, body, send_at)
         values (?, ?, ?, ?, ?, ?)`,
        [id, access.channel.id, access.viewerId, keyId, body, sendAt],
      );
      await this.enqueue(tx, { id, sendAt });
    });
    return { id, channelId: access.channel.id, authorId: access.viewerId!, keyId, body, sendAt, failure: null };
  }

  /** @throws BAD_USER_INPUT with all wrong fields */
  async checkMessage(
    access: ChannelAccess,
    { body, sendAt }: Pick<ScheduleMessageInput, 'body' | 'sendAt'>,
  ): Promise<void> {
    await checkAll(
      () => this.sender.checkMessage(access, { body }),
      () => checkSendAt(sendAt),
    );
  }

  /** The access is to the channel of the message. @throws BAD_USER_INPUT; NOT_FOUND if it was sent or is being sent. */
  async updateScheduledMessage(
    em: EntityManager,
    access: ChannelAccess,
    keyId: string | null,
    { id, body, sendAt }: UpdateScheduledMessageInput,
  ): Promise<ScheduledMessageEntity> {
    await checkAll(
      () => body != null && this.sender.checkMessage(access, { body }),
      () => sendAt != null && checkSendAt(sendAt),
    );
    return em.transactional(async (tx) => {
      const [row] = await tx.execute<ScheduledMessageRow[]>(
        `update messaging.scheduled_messages
         set body = coalesce(?, body), send_at = coalesce(?::timestamptz, send_at), made_by_key = ?, failure = null
         where id = ? and author_id = ? and not is_sending returning *`,
        [body ?? null, sendAt ?? null, keyId, id, access.viewerId],
      );
      if (!row) throw notFound('Scheduled message');
      const changed = toScheduled(row);
      checkSendAt(changed.sendAt); // a failed message needs another time
      await this.enqueue(tx, changed);
      return changed;
    });
  }

  /** Null if there is none of this account. */
  async findScheduledMessage(em: EntityManager, viewerId: string, id: string): Promise<ScheduledMessageEntity | null> {
    if (!isId(id)) return null;
    const [row] = await em.execute<ScheduledMessageRow[]>(
      'select * from messaging.scheduled_messages where id = ? and author_id = ?',
      [id, viewerId],
    );
    return row ? toScheduled(row) : null;
  }

  /** @throws NOT_FOUND if it is not the viewer's, was sent, or is being sent. */
  async cancelScheduledMessage(em: EntityManager, viewerId: string, id: string): Promise<void> {
    await em.transactional(async (tx) => {
      const rows = isId(id)
        ? await tx.execute<unknown[]>(
            'delete from messaging.scheduled_messages where id = ? and author_id = ? and not is_sending returning 1',
            [id, viewerId],
          )
        : [];
      if (rows.length === 0) throw notFound('Scheduled message');
      await this.jobs.cancel(tx, `scheduled:${id.toLowerCase()}`);
    });
  }

  /** The scheduled messages of an account, next first. */
  async scheduledMessages(em: EntityManager, viewerId: string, page: PageArguments) {
    const request = pageRequest(LIST, page, 2);
    const [at, id] = request.from ?? [];
    const isPlace = typeof at === 'number' && Math.abs(at) < LAST_YEAR && isId(id);
    if (request.from && !isPlace) throw foreignCursor(request);
    const [comparison, direction] = request.isBackward ? ['<', 'desc'] : ['>', 'asc'];
    const rows = await em.execute<ScheduledMessageRow[]>(
      `select id, channel_id, author_id, made_by_key, body, send_at, failure from messaging.scheduled_messages
       where author_id = ?${request.from ? ` and (send_at, id) ${comparison} (?::timestamptz, ?::uuid)` : ''}
       order by send_at ${direction}, id ${direction} limit ?`,
      [viewerId, ...(isPlace ? [new Date(at), id] : []), request.limit],
    );
    return toConnection(LIST, request, rows, (row) => [new Date(row.send_at).getTime(), row.id], toScheduled);
  }

  /**
   * The job. Does nothing if the message was given another time, because that has a job of its own. Uses its id as the `clientMutationId`, so that a repeated job does not send twice. If the author may no longer send the
   * message, the failure is recorded for the author and not retried.
   */
  readonly send: JobTask = async ({ id, sendAt }: ScheduledJob) => {
    const em = this.fork();
    const [row] = await em.execute<ScheduledMessageRow[]>(
      'update messaging.scheduled_messages set is_sending = true where id = ? and failure is null and send_at = coalesce(?::timestamptz, send_at) returning *',
      [id, sendAt ?? null],
    );
    if (!row) return;
    const failure = await this.trySending(em, toScheduled(row)).catch(async (error: unknown) => {
      await em.execute('update messaging.scheduled_messages set is_sending = false where id = ?', [id]);
      throw error;
    });
    if (failure === undefined) await em.execute('delete from messaging.scheduled_messages where id = ?', [id]);
    else
      await em.execute('update messaging.scheduled_messages set failure = ?, is_sending = false where id = ?', [
        failure,
        id,
      ]);
  };

  /** Replaces an earlier job of the message that has not started. */
  private enqueue(tx: EntityManager, { id, sendAt }: Pick<ScheduledMessageEntity, 'id' | 'sendAt'>): Promise<void> {
    const job: ScheduledJob = { id, sendAt: sendAt.toISOString() };
    return this.jobs.enqueue(tx, SEND_SCHEDULED, job, { runAt: sendAt, key: `scheduled:${id}` });
  }

  /** @returns the reason for a final failure, or undefined on success. @throws if a retry may help. */
  private async trySending(em: EntityManager, message: ScheduledMessageEntity): Promise<string | undefined> {
    const { channelId, authorId: accountId, keyId, body, id: clientMutationId } = message;
    const author = await this.authors.writing(em, { accountId, keyId }, channelId);
    if (author.refusal !== undefined) return author.refusal;
    try {
      await this.sender.sendMessage(
        () => em,
        author.access,
        { channelId, body, clientMutationId },
        { origin: 'SCHEDULE' },
      );
      return undefined;
    } catch (error) {
      if (error instanceof ApiError && FINAL.includes(error.code)) return error.message;
      throw error;
    }
  }

  /** Deletes failed messages that were due before `before`. */
  async removeFailed(em: EntityManager, before: Date): Promise<void> {
    await em.execute('delete from messaging.scheduled_messages where failure is not null and send_at < ?', [before]);
  }
}

/** @throws BAD_USER_INPUT */
function checkSendAt(sendAt: Date): void {
  const ahead = sendAt.getTime() - Date.now();
  if (!(ahead > 0)) throw badUserInput({ sendAt: 'sendAt must be in the future.' });
  if (ahead > MAX_AHEAD_MS) throw badUserInput({ sendAt: 'sendAt must be at most a year ahead.' });
}
