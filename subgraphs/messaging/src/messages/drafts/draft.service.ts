/** Stores drafts: one per account and channel. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import { textProblem } from '@chat/kit/graphql/text';

export interface DraftEntity {
  channelId: string;
  body: string;
  updatedAt: Date;
}

interface DraftRow {
  channel_id: string;
  body: string;
  updated_at: string;
}

const toDraft = (row: DraftRow): DraftEntity => ({
  channelId: row.channel_id,
  body: row.body,
  updatedAt: new Date(row.updated_at),
});

/** A response lists at most this many drafts. */
export const MAX_DRAFTS = 100;

export class DraftService {
  constructor(private readonly maxLength: number) {}

  /** An empty body removes the draft. @throws BAD_USER_INPUT */
  async saveDraft(em: EntityManager, userId: string, channelId: string, body: string): Promise<DraftEntity> {
    const problem = textProblem(body, { min: 0, max: this.maxLength, multiline: true });
    if (problem) throw badUserInput({ body: `body ${problem}.` });
    if (body.trim() === '') {
      await em.execute('delete from messaging.drafts where user_id = ? and channel_id = ?', [userId, channelId]);
      return { channelId, body: '', updatedAt: new Date() };
    }
    const [row] = await em.execute<DraftRow[]>(
      `insert into messaging.drafts (user_id, channel_id, body, updated_at) values (?, ?, ?, now())
       on conflict (user_id, channel_id) do update set body = excluded.body, updated_at = excluded.updated_at
       returning channel_id, body, updated_at`,
      [userId, channelId, body],
    );
    return toDraft(row!);
  }

  /** Drafts for channels of which the account is a member, last saved first. */
  async drafts(em: EntityManager, userId: string): Promise<DraftEntity[]> {
    const rows = await em.execute<DraftRow[]>(
      `select d.channel_id, d.body, d.updated_at from messaging.drafts d
       join messaging.members m on m.channel_id = d.channel_id and m.user_id = d.user_id and m.state = 'JOINED'
       where d.user_id = ? order by d.updated_at desc limit ${MAX_DRAFTS}`,
      [userId],
    );
    return rows.map(toDraft);
  }
}
