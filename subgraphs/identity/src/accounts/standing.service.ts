/** Deactivates, reactivates and deletes accounts. */
import type { EntityManager } from '@chat/kit/database/database';
import type { AccountRows } from '@chat/kit/graphql/feature';
import { notFound } from '@chat/kit/errors';
import { isId } from '@chat/kit/ids';
import { LockMode } from '@mikro-orm/core';
import type { AccessNews } from '../access/access-news';
import { revokeKeysOf } from '../api-keys/revoke-keys';
import type { AuditService } from '../audit/audit.service';
import { refuseLastAdministrator } from '../roles/last-administrator';
import type { SessionService } from '../sessions/session.service';
import { UserEntity } from '../users/user.entity';
import { anonymise } from './anonymise';

export class StandingService {
  constructor(
    private readonly sessions: SessionService,
    private readonly access: AccessNews,
    private readonly audit: AuditService,
    private readonly accountRows: readonly AccountRows[],
  ) {}

  /** Ends all sessions and API keys and refuses new ones. @throws CONFLICT for the last administrator */
  async deactivateUser(em: EntityManager, id: string): Promise<UserEntity> {
    return this.change(em, id, 'account.deactivate', async (tx, user) => {
      user.deactivatedAt ??= new Date();
      await tx.flush();
      return this.cutOff(tx, id);
    });
  }

  /** Lets a deactivated account log in again. */
  async reactivateUser(em: EntityManager, id: string): Promise<UserEntity> {
    return this.change(em, id, 'account.reactivate', async (tx, user) => {
      user.deactivatedAt = null;
      await tx.flush();
      return [];
    });
  }

  /**
   * Removes all personal data and keeps an anonymous author for the account's content. Cannot be undone.
   * @throws CONFLICT for the last administrator
   */
  async deleteUser(em: EntityManager, id: string): Promise<UserEntity> {
    return this.change(em, id, 'account.delete', async (tx, user) => {
      await anonymise(tx, user, this.accountRows);
      return this.cutOff(tx, id);
    });
  }

  private async cutOff(tx: EntityManager, userId: string): Promise<string[]> {
    return [...(await this.sessions.revokeAll(tx, userId)), ...(await revokeKeysOf(tx, userId))];
  }

  private async change(
    em: EntityManager,
    id: string,
    action: string,
    apply: (tx: EntityManager, user: UserEntity) => Promise<string[]>,
  ): Promise<UserEntity> {
    if (!isId(id)) throw notFound('User');
    let ended: string[] = [];
    const user = await em.transactional(async (tx) => {
      if (action !== 'account.reactivate') await refuseLastAdministrator(tx, id);
      const locked = await tx.findOne(UserEntity, { id, deletedAt: null }, { lockMode: LockMode.PESSIMISTIC_WRITE });
      if (!locked) throw notFound('User');
      ended = await apply(tx, locked);
      await this.audit.record(tx, { action, targetType: 'User', targetId: id });
      return locked;
    });
    await this.access.ended(ended);
    await (user.isActive ? this.access.grantsChanged([id]) : this.access.accountsOut([id]));
    return user;
  }
}
