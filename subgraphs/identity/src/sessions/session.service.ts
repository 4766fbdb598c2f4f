/** Opens, refreshes and ends sessions. PostgreSQL knows which have ended; AccessPublisher spreads it. */
import { networkOf } from '@chat/kit/auth/address';
import type { Client } from '@chat/kit/auth/client';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { notFound, unauthenticated } from '@chat/kit/errors';
import { isId, newId } from '@chat/kit/ids';
import { LockMode } from '@mikro-orm/core';
import type { AccessPublisher } from '../access/access-publisher';
import type { Actor } from '../audit/actor';
import type { AuditService } from '../audit/audit.service';
import { effectivePermissions } from '../roles/role.loader';
import { holdAccount } from '../users/hold-account';
import { UserEntity } from '../users/user.entity';
import { SessionEntity } from './session.entity';
import type { RefreshClaims, Tokens } from './tokens';

/** A session's tokens, whose they are, and the viewer that requests with them have. */
export interface OpenSession {
  accessToken: string;
  refreshToken: string;
  expiresAt: Date;
  user: UserEntity;
  viewer: Viewer;
}

const DAY_MS = 86_400_000;

/**
 * How long the refresh token before the current one is still accepted from the client that has used it, in milliseconds: two tabs
 * refresh at once, or an answer was lost. From any other client, or later, it is a stolen one (RFC 9700, section 4.14.2).
 */
const GRACE_MS = 10_000;

export class SessionService {
  constructor(
    private readonly tokens: Tokens,
    private readonly access: AccessPublisher,
    private readonly audit: AuditService,
    private readonly lifetimeDays: number,
  ) {}

  /**
   * Part of the caller's transaction; `action` says in the audit log how the account came in. Whatever was true of `user`
   * before, the session is for the account as it is now. @throws UNAUTHENTICATED where that is not active (any more)
   */
  async open(
    tx: EntityManager,
    user: UserEntity,
    actor: Actor,
    action: string,
    details?: Record<string, unknown>,
  ): Promise<OpenSession> {
    await holdAccount(tx, user);
    if (!user.isActive) throw unauthenticated('This account is deactivated.');
    const now = new Date();
    const session = tx.create(SessionEntity, {
      id: newId(),
      userId: user.id,
      generation: 1,
      userAgent: actor.client.userAgent,
      address: actor.client.address,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: this.expiry(now),
      revokedAt: null,
    });
    await tx.persist(session).flush();
    const opened = await this.issue(tx, session, user);
    await this.audit.record(tx, { ...actor, id: user.id }, action, { type: 'Session', id: session.id }, details);
    return opened;
  }

  /**
   * Gives the next pair of tokens for a refresh token. A client that repeats its last refresh within {@link GRACE_MS} gets
   * the refresh token of that time again.
   * @throws UNAUTHENTICATED if it is not ours, has ended, or was used before; the last also ends the session.
   */
  async refreshSession(em: EntityManager, refreshToken: string, actor: Actor): Promise<OpenSession> {
    const claims = this.tokens.readRefreshToken(refreshToken);
    if (!claims) throw unauthenticated('This is not a refresh token.');
    const outcome = await em.transactional(async (tx) => {
      const known = await tx.findOne(SessionEntity, claims.sessionId);
      if (!known) return 'ended';
      // The account before the session, as whoever deactivates it does, so that the two cannot wait for each other.
      const user = await tx.findOneOrFail(UserEntity, known.userId);
      await holdAccount(tx, user);
      const session = await tx.refreshOrFail(known, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const now = new Date();
      if (session.revokedAt || session.expiresAt <= now) return 'ended';
      if (session.generation !== claims.generation && !isRepeated(session, claims, actor.client, now)) {
        session.revokedAt = now;
        await tx.flush();
        const owner = { ...actor, id: session.userId };
        await this.audit.record(tx, owner, 'session.reuse', { type: 'Session', id: session.id });
        return 'reused';
      }
      if (!user.isActive) return 'ended';
      if (session.generation !== claims.generation) return this.issue(tx, session, user);
      Object.assign(session, {
        generation: session.generation + 1,
        lastSeenAt: now,
        expiresAt: this.expiry(now),
        address: actor.client.address ?? session.address,
        userAgent: actor.client.userAgent ?? session.userAgent,
      });
      return this.issue(tx, session, user);
    });
    if (outcome === 'ended') throw unauthenticated('This session has ended. Log in again.');
    if (outcome === 'reused') {
      await this.access.ended([claims.sessionId]);
      throw unauthenticated('This refresh token was used before, so the session was ended. Log in again.');
    }
    return outcome;
  }

  /** Whom an access token stands for and what they may do now, whatever the token says; null where its session has ended. */
  async introspect(em: EntityManager, accessToken: string): Promise<Viewer | null> {
    const claims = this.tokens.readAccessToken(accessToken);
    const session =
      isId(claims?.sessionId) && (await em.findOne(SessionEntity, { id: claims.sessionId, revokedAt: null }));
    const user = session && (await em.findOne(UserEntity, session.userId));
    if (!claims || !session || !user || !user.isActive) return null;
    const permissions = await effectivePermissions(em, user);
    return { id: user.id, sessionId: session.id, roles: user.roles, permissions, expiresAt: claims.expiresAt };
  }

  /** Sessions that are still open, the one used last first; at most 100. */
  sessionsOf(em: EntityManager, userId: string): Promise<SessionEntity[]> {
    return em.find(
      SessionEntity,
      { userId, revokedAt: null, expiresAt: { $gt: new Date() } },
      { orderBy: { lastSeenAt: 'desc', id: 'desc' }, limit: 100 },
    );
  }

  /** Ends a session of `userId`, or of anybody where that is undefined. @throws NOT_FOUND where there is none. */
  async revokeSession(em: EntityManager, id: string, userId: string | undefined, actor: Actor): Promise<void> {
    const session = isId(id) ? await em.findOne(SessionEntity, { id, ...(userId && { userId }) }) : null;
    if (!session) throw notFound('Session');
    await em.transactional(async (tx) => {
      await tx.nativeUpdate(SessionEntity, { id, revokedAt: null }, { revokedAt: new Date() });
      const owner = { userId: session.userId };
      await this.audit.record(tx, actor, 'session.revoke', { type: 'Session', id }, owner);
    });
    await this.access.ended([id]);
  }

  /** Part of the caller's transaction. Returns the sessions that have ended by it, for {@link AccessPublisher.ended}. */
  async revokeAll(tx: EntityManager, userId: string, except?: string | null): Promise<string[]> {
    const rows = await tx.execute<{ id: string }[]>(
      `update identity.sessions set revoked_at = ?
       where user_id = ? and revoked_at is null and id is distinct from ?::uuid returning id`,
      [new Date(), userId, except ?? null],
    );
    return rows.map((row) => row.id);
  }

  private expiry(now: Date): Date {
    return new Date(now.getTime() + this.lifetimeDays * DAY_MS);
  }

  private async issue(tx: EntityManager, session: SessionEntity, user: UserEntity): Promise<OpenSession> {
    const permissions = await effectivePermissions(tx, user);
    const claims = { userId: user.id, sessionId: session.id, roles: user.roles, permissions };
    const { accessToken, expiresAt } = this.tokens.accessToken(claims);
    return {
      accessToken,
      refreshToken: this.tokens.refreshToken({ sessionId: session.id, generation: session.generation }),
      expiresAt,
      user,
      viewer: {
        id: user.id,
        sessionId: session.id,
        roles: user.roles,
        permissions,
        expiresAt: expiresAt.getTime() / 1000,
      },
    };
  }
}

function isRepeated(session: SessionEntity, { generation }: RefreshClaims, client: Client, now: Date): boolean {
  const isSameClient =
    client.userAgent === session.userAgent && networkOf(client.address ?? '') === networkOf(session.address ?? '');
  const isRecent = now.getTime() - session.lastSeenAt.getTime() <= GRACE_MS;
  return generation === session.generation - 1 && isRecent && isSameClient;
}
