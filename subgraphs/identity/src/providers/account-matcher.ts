/** Finds or creates the account of a person that a provider has authenticated, and syncs the roles that the provider manages. */
import type { EntityManager } from '@chat/kit/database/database';
import { forbidden } from '@chat/kit/errors';
import { textProblem } from '@chat/kit/graphql/text';
import { LockMode, UniqueConstraintViolationException } from '@mikro-orm/core';
import { randomBytes } from 'node:crypto';
import { revokeKeysOf } from '../api-keys/revoke-keys';
import type { AuditService } from '../audit/audit.service';
import { isLastAdministrator } from '../roles/last-administrator';
import { Role } from '../permissions/role';
import { markRolesChanged } from '../roles/role.service';
import type { SessionService } from '../sessions/session.service';
import { createUser, isGroupName } from '../users/create-user';
import { emailKey, isMailAddress } from '../users/mail-address';
import { UserEntity } from '../users/user.entity';
import { nameSkeleton, USERNAME_MAX, usernameProblem } from '../users/username';
import { ProviderAccountEntity } from './provider-account.entity';
import type { ProviderPerson } from './provider-client';
import type { ProviderConfig } from './provider-config';

/** The account, and the sessions and keys that ended when it was linked. */
export interface Match {
  user: UserEntity;
  ended: string[];
}

export class AccountMatcher {
  constructor(
    private readonly sessions: SessionService,
    private readonly audit: AuditService,
  ) {}

  /**
   * Finds the linked account. If there is none, links the account with the e-mail address that the provider has verified, or a new
   * account. @throws FORBIDDEN if the provider may not create accounts
   */
  async match(em: EntityManager, provider: ProviderConfig, person: ProviderPerson): Promise<Match> {
    const attempt = (manager: EntityManager) => this.matchOnce(manager, provider, person);
    return attempt(em).catch((error: unknown) => {
      // Another account took the name or the address meanwhile. The second attempt finds it.
      if (error instanceof UniqueConstraintViolationException) return attempt(em.fork());
      throw error;
    });
  }

  private async matchOnce(em: EntityManager, provider: ProviderConfig, person: ProviderPerson): Promise<Match> {
    return em.transactional(async (tx) => {
      // Two concurrent logins of one person must not create two accounts.
      const lock = `provider ${provider.id} ${person.subject}`;
      await tx.execute('select pg_advisory_xact_lock(hashtext(?))', [lock]);
      const linked = await tx.findOne(ProviderAccountEntity, { provider: provider.id, subject: person.subject });
      if (linked) return { user: await tx.findOneOrFail(UserEntity, linked.userId), ended: [] };
      const known = await this.byVerifiedEmail(tx, person);
      if (!known && !provider.createsAccounts) throw forbidden('There is no account here for this login.');
      const user = known ?? (await this.create(tx, person));
      const ended = known ? await this.secure(tx, known) : [];
      await tx.insert(ProviderAccountEntity, {
        provider: provider.id,
        subject: person.subject,
        userId: user.id,
        createdAt: new Date(),
      });
      const details = { provider: provider.id, isNew: !known };
      await this.record(tx, 'provider.link', user.id, details);
      return { user, ended };
    });
  }

  /** Assigns and revokes the roles that the provider manages, except for the last administrator. @returns whether any changed */
  async followRoles(
    em: EntityManager,
    { id, roles: mapping }: ProviderConfig,
    { claims }: ProviderPerson,
    user: UserEntity,
  ): Promise<boolean> {
    if (!mapping) return false;
    const values = [claims[mapping.claim]].flat();
    const given = Object.entries(mapping.map).flatMap(([value, role]) => (values.includes(value) ? [role] : []));
    return em.transactional(async (tx) => {
      const decided = new Set<Role>(Object.values(mapping.map));
      const isLast = decided.has(Role.ADMIN) && (await isLastAdministrator(tx, user.id));
      await tx.refreshOrFail(user, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const wanted = [...user.roles.filter((role) => !decided.has(role)), ...given, ...(isLast ? [Role.ADMIN] : [])];
      if (wanted.length === 0) wanted.push(Role.USER); // an account keeps at least one role
      const roles = Object.values(Role).filter((role) => wanted.includes(role));
      if (roles.join() === user.roles.join()) return false;
      user.roles = roles;
      await tx.flush();
      await markRolesChanged(tx, [user.id]);
      const details = { provider: id, roles };
      await this.record(tx, 'role.follow', user.id, details);
      return true;
    });
  }

  private record(tx: EntityManager, action: string, id: string, details: Record<string, unknown>): Promise<void> {
    return this.audit.record(tx, { action, actorId: id, targetType: 'User', targetId: id, details });
  }

  private async byVerifiedEmail(tx: EntityManager, { email, isEmailVerified }: ProviderPerson) {
    return isEmailVerified && isMailAddress(email)
      ? tx.findOne(
          UserEntity,
          { emailKey: emailKey(email), deletedAt: null },
          // Prefer the account that has confirmed the address, then the oldest that claims it.
          { orderBy: { isEmailVerified: 'desc', createdAt: 'asc', id: 'asc' } },
        )
      : null;
  }

  /**
   * Removes all credentials of an account that never confirmed its address. Otherwise an attacker could register with a victim's
   * address and share the account with the victim later.
   */
  private async secure(tx: EntityManager, user: UserEntity): Promise<string[]> {
    if (user.isEmailVerified) return [];
    Object.assign(user, { isEmailVerified: true, passwordHash: null });
    await tx.flush();
    return [...(await this.sessions.revokeAll(tx, user.id)), ...(await revokeKeysOf(tx, user.id))];
  }

  private async create(tx: EntityManager, person: ProviderPerson): Promise<UserEntity> {
    const username = await freeUsername(tx, person.username ?? person.email?.split('@')[0] ?? 'user');
    const displayName = person.displayName?.trim() ?? username;
    // Do not trust an address that the provider has not verified.
    const email = person.isEmailVerified && isMailAddress(person.email) ? person.email : undefined;
    return createUser(tx, {
      username,
      displayName: textProblem(displayName, { max: 64 }) ? username : displayName,
      email: email ?? null,
      isEmailVerified: email !== undefined,
      roles: [Role.USER],
    });
  }
}

/** The wanted name in a valid form, with a random suffix if it is taken or looks like another name. */
async function freeUsername(tx: EntityManager, wish: string): Promise<string> {
  const fit = wish
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N}._-]/gu, '')
    .replace(/^[^\p{L}\p{N}]+/u, '');
  const base = usernameProblem(fit) ? 'user' : fit;
  for (let name = base; ; name = `${[...base].slice(0, USERNAME_MAX - 7).join('')}-${randomBytes(3).toString('hex')}`) {
    if ((await tx.count(UserEntity, { usernameSkeleton: nameSkeleton(name) })) === 0 && !(await isGroupName(tx, name)))
      return name;
  }
}
