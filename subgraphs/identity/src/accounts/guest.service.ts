/** Guests do not stay for ever: those who were not seen for long are removed, as if they had been deleted. */
import type { EntityManager } from '@chat/kit/database/database';
import type { AccountRows } from '@chat/kit/graphql/feature';
import { LockMode } from '@mikro-orm/core';
import type { AccessPublisher } from '../access/access-publisher';
import { SYSTEM } from '../audit/actor';
import type { AuditService } from '../audit/audit.service';
import type { SessionService } from '../sessions/session.service';
import { UserEntity } from '../users/user.entity';
import { anonymise } from './anonymise';

/** How many are looked up at a time; each is removed in a transaction of its own. */
const BATCH = 500;

/** Guests and nothing more, whom nobody has seen since the moment that both parameters are. */
const UNSEEN = `u.roles = '{GUEST}' and u.deleted_at is null and u.created_at < ?
  and not exists (select 1 from identity.sessions s where s.user_id = u.id and s.last_seen_at >= ?)`;

export class GuestService {
  constructor(
    private readonly sessions: SessionService,
    private readonly access: AccessPublisher,
    private readonly audit: AuditService,
    private readonly accountRows: readonly AccountRows[],
  ) {}

  /** Removes guests who were last seen before `before`; whoever has become a user stays. Returns how many they were. */
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

  /** Nothing happens where the guest has come back, or become a user, meanwhile. */
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
      await this.audit.record(tx, SYSTEM, 'account.expire', { type: 'User', id });
      return sessions;
    });
    if (!ended) return false;
    await this.access.ended(ended);
    await this.access.accountsOut([id]);
    return true;
  }
}
