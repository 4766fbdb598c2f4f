/** Opens, refreshes and ends sessions. PostgreSQL stores their ends; AccessNews publishes them. */
import type { Client } from '@chat/kit/auth/client';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { notFound, unauthenticated } from '@chat/kit/errors';
import { isId, newId } from '@chat/kit/ids';
import { LockMode } from '@mikro-orm/core';
import type { AccessNews } from '../access/access-news';
import type { AuditService } from '../audit/audit.service';
import { effectivePermissions } from '../permissions/permission.loader';
import { holdAccount } from '../users/hold-account';
import { UserEntity } from '../users/user.entity';
import { SessionEntity } from './session.entity';
import { isRepeatedRefresh, refreshKeyOf } from './session.rules';
import { revokeSessionsOf } from './revoke-sessions';
import type { Tokens } from './tokens';

/** A session's tokens, its account, and the viewer of requests with these tokens. */
export interface OpenSession {
  accessToken: string;
  refreshToken: string;
  expiresAt: Date;
  /** Time until `expiresAt`, in milliseconds. */
  expiresInMs: number;
  user: UserEntity;
  viewer: Viewer;
}

const DAY_MS = 86_400_000;

export class SessionService {
  constructor(
    private readonly tokens: Tokens,
    private readonly access: AccessNews,
    private readonly audit: AuditService,
    private readonly lifetimeDays: number,
  ) {}

  /**
   * Opens a session. Call it in a transaction. Locks the account and reads it again, because `user` may be outdated. The audit log
   * records `action` as the kind of login. @throws UNAUTHENTICATED if the account is deactivated or deleted by now
   */
  async open(
    tx: EntityManager,
    user: UserEntity,
    client: Client,
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
      userAgent: client.userAgent,
      address: client.address,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: this.expiry(now),
      revokedAt: null,
    });
    await tx.persist(session).flush();
    const opened = await this.issue(tx, session, user);
    const target = { targetType: 'Session', targetId: session.id };
    await this.audit.record(tx, { action, actorId: user.id, ...target, ...(details && { details }) });
    return opened;
  }

  /**
   * Exchanges a refresh token for the next pair of tokens. If the client repeats its last refresh, with its `clientMutationId` or within the
   * grace period, it gets the refresh token of that refresh again.
   * @throws UNAUTHENTICATED if the token is invalid, its session has ended, or it was used before; reuse also ends the session
   */
  async refreshSession(
    em: EntityManager,
    refreshToken: string,
    client: Client,
    clientMutationId?: string | null,
  ): Promise<OpenSession> {
    const claims = this.tokens.readRefreshToken(refreshToken);
    if (!claims) throw unauthenticated('This is not a refresh token.');
    const refreshKey = clientMutationId ? refreshKeyOf(clientMutationId) : null;
    const outcome = await em.transactional(async (tx) => {
      const known = await tx.findOne(SessionEntity, claims.sessionId);
      if (!known) return 'ended';
      // Lock the account before the session, as a deactivation does, so that the two cannot deadlock.
      const user = await tx.findOneOrFail(UserEntity, known.userId);
      await holdAccount(tx, user);
      const session = await tx.refreshOrFail(known, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const now = new Date();
      if (session.revokedAt || session.expiresAt <= now) return 'ended';
      if (session.generation !== claims.generation && !isRepeatedRefresh(session, claims, client, refreshKey, now)) {
        session.revokedAt = now;
        await tx.flush();
        const target = { targetType: 'Session', targetId: session.id };
        await this.audit.record(tx, { action: 'session.reuse', actorId: session.userId, ...target });
        return 'reused';
      }
      if (!user.isActive) return 'ended';
      if (session.generation !== claims.generation) return this.issue(tx, session, user);
      Object.assign(session, {
        generation: session.generation + 1,
        refreshKey,
        lastSeenAt: now,
        expiresAt: this.expiry(now),
        address: client.address ?? session.address,
        userAgent: client.userAgent ?? session.userAgent,
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

  /** The account of an access token with its present permissions, or null if its session has ended. */
  async introspect(em: EntityManager, accessToken: string): Promise<Viewer | null> {
    const claims = this.tokens.readAccessToken(accessToken);
    const session =
      isId(claims?.sessionId) && (await em.findOne(SessionEntity, { id: claims.sessionId, revokedAt: null }));
    const user = session && (await em.findOne(UserEntity, session.userId));
    if (!claims || !session || !user || !user.isActive) return null;
    const permissions = await effectivePermissions(em, user);
    return { id: user.id, sessionId: session.id, roles: user.roles, permissions, expiresAt: claims.expiresAt };
  }

  /** Open sessions, last used first, at most 100. */
  sessionsOf(em: EntityManager, userId: string): Promise<SessionEntity[]> {
    return em.find(
      SessionEntity,
      { userId, revokedAt: null, expiresAt: { $gt: new Date() } },
      { orderBy: { lastSeenAt: 'desc', id: 'desc' }, limit: 100 },
    );
  }

  /** Ends a session of `userId`, or of any account if that is undefined. @throws NOT_FOUND */
  async revokeSession(em: EntityManager, id: string, userId: string | undefined): Promise<void> {
    const session = isId(id) ? await em.findOne(SessionEntity, { id, ...(userId && { userId }) }) : null;
    if (!session) throw notFound('Session');
    await em.transactional(async (tx) => {
      await tx.nativeUpdate(SessionEntity, { id, revokedAt: null }, { revokedAt: new Date() });
      const owner = { userId: session.userId };
      await this.audit.record(tx, { action: 'session.revoke', targetType: 'Session', targetId: id, details: owner });
    });
    await this.access.ended([id]);
  }

  /** Ends all sessions of the viewer's account. */
  async logoutEverywhere(em: EntityManager, { id: userId }: Pick<Viewer, 'id'>): Promise<void> {
    const ended = await em.transactional(async (tx) => {
      const sessions = await this.revokeAll(tx, userId);
      const target = { targetType: 'User', targetId: userId };
      await this.audit.record(tx, { action: 'session.revoke-all', ...target, details: { sessions: sessions.length } });
      return sessions;
    });
    await this.access.ended(ended);
  }

  /** As {@link revokeSessionsOf}. */
  revokeAll(tx: EntityManager, userId: string, except?: string | null): Promise<string[]> {
    return revokeSessionsOf(tx, userId, except);
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
      expiresInMs: Math.max(0, expiresAt.getTime() - Date.now()),
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
