/** Finds or makes the account of somebody whom a provider vouches for, and keeps its roles as the provider says. */
import type { EntityManager } from '@chat/kit/database/database';
import { forbidden } from '@chat/kit/errors';
import { textProblem } from '@chat/kit/graphql/text';
import { LockMode, UniqueConstraintViolationException } from '@mikro-orm/core';
import { randomBytes } from 'node:crypto';
import { revokeKeysOf } from '../api-keys/revoke-keys';
import type { Actor } from '../audit/actor';
import type { AuditService } from '../audit/audit.service';
import { isLastAdministrator } from '../roles/last-administrator';
import { Role } from '../roles/role';
import { markRolesChanged } from '../roles/role.service';
import type { SessionService } from '../sessions/session.service';
import { createUser, isGroupName } from '../users/create-user';
import { emailKey, isMailAddress } from '../users/mail-address';
import { UserEntity } from '../users/user.entity';
import { nameSkeleton, USERNAME_MAX, usernameProblem } from '../users/username';
import { ProviderAccountEntity } from './provider-account.entity';
import type { ProviderPerson } from './provider-client';
import type { ProviderConfig } from './provider-config';

/** The account, and the sessions and keys that have ended by linking it. */
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
   * The account that is linked already; else the one with the e-mail address that the provider has verified, which is
   * linked now; else a new one. @throws FORBIDDEN where the provider is not to make accounts.
   */
  async match(em: EntityManager, provider: ProviderConfig, person: ProviderPerson, actor: Actor): Promise<Match> {
    const attempt = (manager: EntityManager) => this.matchOnce(manager, provider, person, actor);
    return attempt(em).catch((error: unknown) => {
      // Somebody has registered with the same name or address meanwhile; now that account is there to be found.
      if (error instanceof UniqueConstraintViolationException) return attempt(em.fork());
      throw error;
    });
  }

  private async matchOnce(
    em: EntityManager,
    provider: ProviderConfig,
    person: ProviderPerson,
    actor: Actor,
  ): Promise<Match> {
    return em.transactional(async (tx) => {
      // Two logins of one person at the same moment must not make two accounts.
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
      await this.audit.record(tx, { ...actor, id: user.id }, 'provider.link', { type: 'User', id: user.id }, details);
      return { user, ended };
    });
  }

  /** Gives and takes the roles that the provider decides about; never the last administrator's. Says whether any changed. */
  async followRoles(
    em: EntityManager,
    { id, roles: mapping }: ProviderConfig,
    { claims }: ProviderPerson,
    user: UserEntity,
    actor: Actor,
  ): Promise<boolean> {
    if (!mapping) return false;
    const values = [claims[mapping.claim]].flat();
    const given = Object.entries(mapping.map).flatMap(([value, role]) => (values.includes(value) ? [role] : []));
    return em.transactional(async (tx) => {
      const decided = new Set<Role>(Object.values(mapping.map));
      const isLast = decided.has(Role.ADMIN) && (await isLastAdministrator(tx, user.id));
      await tx.refreshOrFail(user, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const wanted = [...user.roles.filter((role) => !decided.has(role)), ...given, ...(isLast ? [Role.ADMIN] : [])];
      if (wanted.length === 0) wanted.push(Role.USER); // an account keeps at least one
      const roles = Object.values(Role).filter((role) => wanted.includes(role));
      if (roles.join() === user.roles.join()) return false;
      user.roles = roles;
      await tx.flush();
      await markRolesChanged(tx, [user.id]);
      const details = { provider: id, roles };
      await this.audit.record(tx, { ...actor, id: user.id }, 'role.follow', { type: 'User', id: user.id }, details);
      return true;
    });
  }

  private async byVerifiedEmail(tx: EntityManager, { email, isEmailVerified }: ProviderPerson) {
    return isEmailVerified && isMailAddress(email)
      ? tx.findOne(
          UserEntity,
          { emailKey: emailKey(email), deletedAt: null },
          // The account whose address it is; else of those that merely claim it the oldest.
          { orderBy: { isEmailVerified: 'desc', createdAt: 'asc', id: 'asc' } },
        )
      : null;
  }

  /**
   * Whoever registered with this address here has never shown that it is theirs. So that nobody prepares an account for
   * somebody else and shares it afterwards, everything they could come in by is gone once the owner has come.
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
    // An address that the provider has not verified may be anybody's.
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

/** The wish, made fit, and with digits behind it where it is taken or could be mistaken for another. */
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
