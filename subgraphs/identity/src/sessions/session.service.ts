/** Opens, refreshes and ends sessions. PostgreSQL knows which have ended; SessionRevoker spreads it. */
import type { Client } from '@chat/kit/auth/client';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { notFound, unauthenticated } from '@chat/kit/errors';
import { isId, newId } from '@chat/kit/ids';
import { LockMode } from '@mikro-orm/core';
import { permissionsOf } from '../roles/role';
import { UserEntity } from '../users/user.entity';
import { SessionEntity } from './session.entity';
import type { SessionRevoker } from './session-revoker';
import type { Tokens } from './tokens';

/** A session's tokens, whose they are, and the viewer that requests with them have. */
export interface OpenSession {
  accessToken: string;
  refreshToken: string;
  expiresAt: Date;
  user: UserEntity;
  viewer: Viewer;
}

const DAY_MS = 86_400_000;

export class SessionService {
  constructor(
    private readonly tokens: Tokens,
    private readonly revoker: SessionRevoker,
    private readonly lifetimeDays: number,
  ) {}

  /** Part of the caller's transaction. */
  async open(tx: EntityManager, user: UserEntity, client: Client): Promise<OpenSession> {
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
    return this.issue(session, user);
  }

  /**
   * Gives the next pair of tokens for a refresh token.
   * @throws UNAUTHENTICATED where it is not ours, has ended, or was used before; the last also ends the session.
   */
  async refreshSession(em: EntityManager, refreshToken: string, client: Client): Promise<OpenSession> {
    const claims = this.tokens.readRefreshToken(refreshToken);
    if (!claims) throw unauthenticated('This is not a refresh token.');
    const outcome = await em.transactional(async (tx) => {
      const session = await tx.findOne(SessionEntity, claims.sessionId, { lockMode: LockMode.PESSIMISTIC_WRITE });
      const now = new Date();
      if (!session || session.revokedAt || session.expiresAt <= now) return 'ended';
      if (session.generation !== claims.generation) {
        session.revokedAt = now;
        return 'reused';
      }
      const user = await tx.findOneOrFail(UserEntity, session.userId);
      Object.assign(session, {
        generation: session.generation + 1,
        lastSeenAt: now,
        expiresAt: this.expiry(now),
        address: client.address ?? session.address,
      });
      return this.issue(session, user);
    });
    if (outcome === 'ended') throw unauthenticated('This session has ended. Log in again.');
    if (outcome === 'reused') {
      await this.revoker.publish([claims.sessionId]);
      throw unauthenticated('This refresh token was used before, so the session was ended. Log in again.');
    }
    return outcome;
  }

  /** Sessions that are still open, the one used last first. */
  sessionsOf(em: EntityManager, userId: string): Promise<SessionEntity[]> {
    return em.find(
      SessionEntity,
      { userId, revokedAt: null, expiresAt: { $gt: new Date() } },
      { orderBy: { lastSeenAt: 'desc', id: 'desc' }, limit: 100 },
    );
  }

  /** Ends one session of an account. @throws NOT_FOUND where the account has no such session. */
  async revokeSession(em: EntityManager, userId: string, id: string): Promise<void> {
    if (!isId(id) || (await em.count(SessionEntity, { id, userId })) === 0) throw notFound('Session');
    await em.nativeUpdate(SessionEntity, { id, revokedAt: null }, { revokedAt: new Date() });
    await this.revoker.publish([id]);
  }

  private expiry(now: Date): Date {
    return new Date(now.getTime() + this.lifetimeDays * DAY_MS);
  }

  private issue(session: SessionEntity, user: UserEntity): OpenSession {
    const permissions = permissionsOf(user.roles);
    const { accessToken, expiresAt } = this.tokens.accessToken({
      userId: user.id,
      sessionId: session.id,
      roles: user.roles,
      permissions,
    });
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
