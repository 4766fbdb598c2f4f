/** Authenticates bearer tokens. Refuses every token that is not known to be valid now. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { verify } from 'jsonwebtoken';
import { ACCESS_TOKEN } from '@chat/identity-client/sessions/access-token';
import { IdentityDownError, type TokenIntrospector } from '@chat/identity-client/sessions/introspection';
import type { Revocations } from '@chat/identity-client/sessions/revocations';
import type { Viewer } from '@chat/kit/auth/viewer';
import { secretsIn, type Secret } from '@chat/kit/auth/derived-keys';
import { ApiError, unauthenticated } from '@chat/kit/errors';
import type { Logger } from '@chat/kit/logging';
import { setTimeout as sleep } from 'node:timers/promises';

/** Longer tokens are refused without parsing, in characters. */
const MAX_TOKEN_LENGTH = 8_192;

/** Capacity of the token caches. */
const CACHED_TOKENS = 20_000;

/** Lifetime of an introspection result while revocations are received, in milliseconds. */
const ANSWER_TTL_MS = 5_000;
/** The same while revocations may be missed. */
const OUTAGE_TTL_MS = 400;

/** How often a start looks whether tokens need introspection, in milliseconds. */
const LOOK_MS = 25;

/** Pause between two log lines about failed introspection, in milliseconds. */
const LOG_PAUSE_MS = 5_000;

export interface AuthenticatorOptions {
  /** Verifies access tokens. Without it, every token is ignored. */
  secret?: Secret;
  /** Sessions revoked before their tokens expire, as received from Redis. Absent without Redis. */
  revocations?: Pick<Revocations, 'isRevoked' | 'isCurrent'>;
  /**
   * How long the last confirmation of identity that all revocations are published is valid, in milliseconds; 0 if it has expired.
   * Infinity by default.
   */
  identityHeardMs?: () => number;
  /** Introspects opaque tokens, and all tokens while revocations may be missed. Absent without identity's address. */
  introspect?: TokenIntrospector;
  log?: Logger;
}

interface Claims {
  sub?: unknown;
  sid?: unknown;
  roles?: unknown;
  permissions?: unknown;
  exp?: number;
}

/** An introspection result. */
interface Answer {
  viewer: Viewer | null;
  /** Time of the request, by `performance.now()`. */
  askedAt: number;
}

export class Authenticator {
  private readonly known = new LRUCache<string, Viewer>({ max: CACHED_TOKENS });
  /** Concurrent introspections of one token share a request. */
  private readonly answers: LRUCache<string, Answer>;
  /** Viewer from introspection → time of the request. */
  private readonly introspectedAt = new WeakMap<Viewer, number>();
  private loggedAt = -Infinity;
  /** Created once: jsonwebtoken first tries to parse a string as a public key, which costs more than the verification. */
  private readonly keys?: readonly [KeyObject, ...KeyObject[]];

  constructor(private readonly options: AuthenticatorOptions) {
    if (options.secret) this.keys = keysOf(options.secret);
    this.answers = new LRUCache({
      max: CACHED_TOKENS,
      fetchMethod: (token, _stale, { options: entry }) => {
        entry.ttl = this.mustIntrospect ? OUTAGE_TTL_MS : ANSWER_TTL_MS;
        return this.ask(token);
      },
      ignoreFetchAbort: true, // waiters still get a result that was evicted meanwhile
    });
  }

  /**
   * Whether every token must be introspected, because revocations may be missed and only PostgreSQL has them all. Older results are
   * void then, and a token without a result is refused.
   */
  get mustIntrospect(): boolean {
    return this.independentMs === 0;
  }

  /** How long tokens certainly need no introspection, in milliseconds, unless the connection to Redis is lost. */
  get independentMs(): number {
    const { introspect, revocations, identityHeardMs } = this.options;
    if (introspect === undefined) return Infinity;
    return revocations?.isCurrent ? (identityHeardMs?.() ?? Infinity) : 0;
  }

  /** Resolves when tokens need no introspection, or after `timeoutMs`. */
  async whenIndependent(timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (this.mustIntrospect && performance.now() < deadline) await sleep(LOOK_MS);
  }

  /** Whether the viewer comes from a recent introspection, while notifications are unavailable. */
  isFresh(viewer: Viewer): boolean {
    return (
      this.mustIntrospect && performance.now() - (this.introspectedAt.get(viewer) ?? -Infinity) < 2 * OUTAGE_TTL_MS
    );
  }

  /**
   * The viewer of a token; null without a token. @throws UNAUTHENTICATED if the token is invalid, SERVICE_UNAVAILABLE if it cannot be
   * verified at the moment.
   */
  async authenticate(token: string | undefined): Promise<Viewer | null> {
    const { revocations } = this.options;
    if (token === undefined || !this.keys) return null;
    if (token.length > MAX_TOKEN_LENGTH) throw invalid();
    const isOpaque = this.options.introspect !== undefined && token.split('.').length !== 3;
    let viewer = isOpaque ? undefined : this.read(token, this.keys); // a forged or expired token throws here, without introspection
    if (!viewer || this.mustIntrospect) viewer = await this.introspect(token, viewer);
    if (!viewer) throw isOpaque ? invalid() : ended();
    if (isExpired(viewer)) throw expired();
    if (revocations?.isRevoked(viewer)) throw ended();
    return viewer;
  }

  private read(token: string, keys: readonly KeyObject[]): Viewer {
    let viewer = this.known.get(token);
    if (!viewer) this.known.set(token, (viewer = viewerOf(verifyToken(token, keys))));
    if (isExpired(viewer)) throw expired();
    return viewer;
  }

  /** @param read The viewer from the token itself. It is valid if identity is down and all its revocations were received. */
  private async introspect(token: string, read: Viewer | undefined): Promise<Viewer | undefined> {
    const isStale = (answer: Answer | undefined) => answer && performance.now() - answer.askedAt > OUTAGE_TTL_MS;
    if (this.mustIntrospect && isStale(this.answers.get(token))) this.answers.delete(token);
    try {
      return (await this.answers.fetch(token))!.viewer ?? undefined;
    } catch (error) {
      const { revocations, log } = this.options;
      if (read && error instanceof IdentityDownError && revocations?.isCurrent) return read;
      if (performance.now() - this.loggedAt > LOG_PAUSE_MS) {
        this.loggedAt = performance.now();
        log?.warn({ err: error }, 'token introspection failed');
      }
      throw new ApiError('SERVICE_UNAVAILABLE', 'The token cannot be verified at the moment.');
    }
  }

  private async ask(token: string): Promise<Answer> {
    const askedAt = performance.now();
    const viewer = await this.options.introspect!(token);
    if (viewer) this.introspectedAt.set(viewer, askedAt);
    return { viewer, askedAt };
  }
}

/** The token of an `Authorization` header; undefined without a header. @throws UNAUTHENTICATED for other schemes. */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined || header === '') return undefined;
  const token = /^Bearer +(\S+) *$/i.exec(header)?.[1];
  if (!token) throw unauthenticated('Send the access token as `Authorization: Bearer <token>`.');
  return token;
}

function verifyToken(token: string, keys: readonly KeyObject[]): Claims {
  const { algorithm, issuer, audience } = ACCESS_TOKEN;
  for (const key of keys) {
    try {
      const claims = verify(token, key, { algorithms: [algorithm], issuer, audience });
      if (typeof claims === 'object') return claims;
    } catch (error) {
      if ((error as Error).name === 'TokenExpiredError') throw expired();
    }
  }
  throw invalid();
}

function keysOf(secret: Secret): [KeyObject, ...KeyObject[]] {
  const [current, ...fallbacks] = secretsIn(secret).map((one) => createSecretKey(Buffer.from(one)));
  return [current!, ...fallbacks];
}

function viewerOf({ sub, sid, roles, permissions, exp }: Claims): Viewer {
  if (typeof sub !== 'string' || typeof sid !== 'string' || !exp || !isNames(roles) || !isNames(permissions)) {
    throw invalid();
  }
  return { id: sub, sessionId: sid, roles, permissions, expiresAt: exp };
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

function isExpired({ expiresAt }: Viewer): boolean {
  return expiresAt * 1000 <= Date.now();
}

function expired(): ApiError {
  return unauthenticated('The access token has expired.');
}

function ended(): ApiError {
  return unauthenticated('The session has ended.');
}

function invalid(): ApiError {
  return unauthenticated('The access token is not valid.');
}
