/** Removes guests after a period without a visit, in the same way as deleted accounts. */
import type { EntityManager } from '@chat/kit/database/database';
import type { AccountRows } from '@chat/kit/graphql/feature';
import { LockMode } from '@mikro-orm/core';
import type { AccessNews } from '../access/access-news';
import type { AuditService } from '../audit/audit.service';
import type { SessionService } from '../sessions/session.service';
import { UserEntity } from '../users/user.entity';
import { anonymise } from './anonymise';

/** Guests per query. Each is removed in its own transaction. */
const BATCH = 500;

/** Selects guests without a further role that have not been seen since a time, which is passed twice. */
const UNSEEN = `u.roles = '{GUEST}' and u.deleted_at is null and u.created_at < ?
  and not exists (select 1 from identity.sessions s where s.user_id = u.id and s.last_seen_at >= ?)`;

export class GuestService {
  constructor(
    private readonly sessions: SessionService,
    private readonly access: AccessNews,
    private readonly audit: AuditService,
    private readonly accountRows: readonly AccountRows[],
  ) {}

  /** Removes guests last seen before `before`, except those that became users. @returns the number of removed guests */
  async removeGuests(em: EntityManager, before: Date): Promise<number> {
    let removed = 0;
    for (let ids: string[] | undefined; ids === undefined || ids.length === BATCH;) {
      ids = await this.unseen(em, before);
      for (const id of ids) if (await this.remove(em.fork(), id, before)) removed++;
    }
    return removed;
  }

  private async unseen(em: EntityManager, before: Date): Promise<string[]> {
    const rows = await em.execute<{ id: string }[]>(
      `select u.id from identity.users u where ${UNSEEN} order by u.id limit ${BATCH}`,
      [before, before],
    );
    return rows.map(({ id }) => id);
  }

  /** No effect if the guest has returned or become a user meanwhile. @returns whether it was removed */
  private async remove(em: EntityManager, id: string, before: Date): Promise<boolean> {
    const ended = await em.transactional(async (tx) => {
      const user = await tx.findOneOrFail(UserEntity, id, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const still = await tx.execute<unknown[]>(`select 1 from identity.users u where u.id = ? and ${UNSEEN}`, [
        id,
        before,
        before,
      ]);
      if (still.length === 0) return undefined;
      await anonymise(tx, user, this.accountRows);
      const sessions = await this.sessions.revokeAll(tx, id);
      await this.audit.record(tx, { action: 'account.expire', targetType: 'User', targetId: id });
      return sessions;
    });
    if (!ended) return false;
    await this.access.ended(ended);
    await this.access.accountsOut([id]);
    return true;
  }
}
