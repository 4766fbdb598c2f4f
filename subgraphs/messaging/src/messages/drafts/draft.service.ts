/** Stores drafts: one per account and channel. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import type { EventLog } from '@chat/kit/events/event-log';
import { textProblem } from '@chat/kit/graphql/text';
import { inboxStream } from '../../attention/inbox.events';
import { DRAFT_COLUMNS, toDraft, type DraftEntity, type DraftRow } from './draft.entity';

/** A response lists at most this many drafts. */
export const MAX_DRAFTS = 100;

export class DraftService {
  constructor(
    private readonly eventLog: EventLog,
    private readonly maxLength: number,
  ) {}

  /** An empty body removes the draft. The account's other devices hear of a change. @throws BAD_USER_INPUT */
  async saveDraft(em: EntityManager, userId: string, channelId: string, body: string): Promise<DraftEntity> {
    const problem = textProblem(body, { min: 0, max: this.maxLength, multiline: true });
    if (problem) throw badUserInput({ body: `body ${problem}.` });
    return this.eventLog.transaction(em, async (tx, append) => {
      const { draft, isChanged } = await (body.trim() === '' ? remove : store)(tx, userId, channelId, body);
      if (isChanged) await append(inboxStream.of(userId), 'DraftChanged', { channelId });
      return draft;
    });
  }

  /** Drafts for channels of which the account is a member, last saved first. */
  async drafts(em: EntityManager, userId: string): Promise<DraftEntity[]> {
    const rows = await em.execute<DraftRow[]>(
      `select ${DRAFT_COLUMNS} from messaging.drafts d
       join messaging.members m on m.channel_id = d.channel_id and m.user_id = d.user_id and m.state = 'JOINED'
       where d.user_id = ? order by d.updated_at desc limit ${MAX_DRAFTS}`,
      [userId],
    );
    return rows.map(toDraft);
  }
}

interface Saved {
  draft: DraftEntity;
  isChanged: boolean;
}

async function remove(tx: EntityManager, userId: string, channelId: string): Promise<Saved> {
  const removed = await tx.execute<unknown[]>(
    'delete from messaging.drafts where user_id = ? and channel_id = ? returning 1',
    [userId, channelId],
  );
  return { draft: { channelId, body: '', updatedAt: new Date() }, isChanged: removed.length > 0 };
}

/** A draft that stays the same is not written. */
async function store(tx: EntityManager, userId: string, channelId: string, body: string): Promise<Saved> {
  const [changed] = await tx.execute<DraftRow[]>(
    `insert into messaging.drafts as d (user_id, channel_id, body, updated_at) values (?, ?, ?, now())
     on conflict (user_id, channel_id) do update set body = excluded.body, updated_at = excluded.updated_at
       where d.body <> excluded.body
     returning ${DRAFT_COLUMNS}`,
    [userId, channelId, body],
  );
  if (changed) return { draft: toDraft(changed), isChanged: true };
  const [same] = await tx.execute<DraftRow[]>(
    `select ${DRAFT_COLUMNS} from messaging.drafts d where d.user_id = ? and d.channel_id = ?`,
    [userId, channelId],
  );
  return { draft: toDraft(same!), isChanged: false };
}
