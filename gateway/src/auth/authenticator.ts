/** Tells from a bearer token who is asking. Refuses whatever is not valid now; never guesses. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { verify } from 'jsonwebtoken';
import { ACCESS_TOKEN } from '@chat/identity-client/sessions/access-token';
import { IdentityDownError, type TokenIntrospector } from '@chat/identity-client/sessions/introspection';
import type { Revocations } from '@chat/identity-client/sessions/revocations';
import type { Viewer } from '@chat/kit/auth/viewer';
import { ApiError, unauthenticated } from '@chat/kit/errors';
import type { Logger } from '@chat/kit/logging';

/** Longer tokens are refused unread, in characters. */
const MAX_TOKEN_LENGTH = 8_192;

/** How many tokens are remembered as valid. */
const CACHED_TOKENS = 20_000;

/** How long an answer of identity counts, in milliseconds: while revocations are heard, and while they are not. */
const ANSWER_TTL_MS = 5_000;
const LONE_ANSWER_TTL_MS = 400;

/** Pause between two log lines about an identity that cannot be asked, in milliseconds. */
const LOG_PAUSE_MS = 5_000;

export interface AuthenticatorOptions {
  /** Verifies access tokens; without it every token is ignored. */
  secretKey?: string;
  /** The sessions that ended before their tokens, as far as they are heard of; absent if none are. */
  revocations?: Pick<Revocations, 'isRevoked' | 'isCurrent'>;
  /** Whether identity has said lately that all revocations are published; always, by default. */
  isIdentityHeard?: () => boolean;
  /** Asks identity about tokens that do not say enough by themselves; absent where nobody can be asked. */
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

/** What identity said of a token. */
interface Answer {
  viewer: Viewer | null;
  /** When it was asked, by `performance.now()`. */
  askedAt: number;
}

export class Authenticator {
  private readonly known = new LRUCache<string, Viewer>({ max: CACHED_TOKENS });
  /** Questions under way are shared, too. */
  private readonly answers: LRUCache<string, Answer>;
  /** Viewers as identity knew them, and when. */
  private readonly asked = new WeakMap<Viewer, number>();
  private loggedAt = -Infinity;
  /** Made once: jsonwebtoken tries a text as a public key first, which costs more than checking the signature. */
  private readonly key?: KeyObject;

  constructor(private readonly options: AuthenticatorOptions) {
    if (options.secretKey) this.key = createSecretKey(Buffer.from(options.secretKey));
    this.answers = new LRUCache({
      max: CACHED_TOKENS,
      fetchMethod: (token, _stale, { options: entry }) => {
        entry.ttl = this.mustIntrospect ? LONE_ANSWER_TTL_MS : ANSWER_TTL_MS;
        return this.ask(token);
      },
      ignoreFetchAbort: true, // whoever waits gets the answer, though there is no room to keep it
    });
  }

  /**
   * Whether identity is asked about every token: while revocations may not be heard, only PostgreSQL knows them.
   * Then an older answer does not count, and nobody is let in without one.
   */
  get mustIntrospect(): boolean {
    const { introspect, revocations, isIdentityHeard } = this.options;
    return introspect !== undefined && !(revocations?.isCurrent && (isIdentityHeard?.() ?? true));
  }

  /** Whether identity knew the viewer like this a moment ago, while changes are not heard. */
  isFresh(viewer: Viewer): boolean {
    return this.mustIntrospect && performance.now() - (this.asked.get(viewer) ?? -Infinity) < 2 * LONE_ANSWER_TTL_MS;
  }

  /**
   * The viewer of a token, null where none came. @throws UNAUTHENTICATED where the token is not valid, SERVICE_UNAVAILABLE
   * where that cannot be told at the moment.
   */
  async authenticate(token: string | undefined): Promise<Viewer | null> {
    const { revocations } = this.options;
    if (token === undefined || !this.key) return null;
    if (token.length > MAX_TOKEN_LENGTH) throw invalid();
    const isOpaque = this.options.introspect !== undefined && token.split('.').length !== 3;
    let viewer = isOpaque ? undefined : this.read(token, this.key); // what is forged or expired needs no question
    if (!viewer || this.mustIntrospect) viewer = await this.askedAbout(token, viewer);
    if (!viewer) throw isOpaque ? invalid() : ended();
    if (isExpired(viewer)) throw expired();
    if (revocations?.isRevoked(viewer)) throw ended();
    return viewer;
  }

  private read(token: string, key: KeyObject): Viewer {
    let viewer = this.known.get(token);
    if (!viewer) this.known.set(token, (viewer = viewerOf(verifyToken(token, key))));
    if (isExpired(viewer)) throw expired();
    return viewer;
  }

  /** @param read what the token itself says; it counts if revocations are heard and no identity process can add to them. */
  private async askedAbout(token: string, read: Viewer | undefined): Promise<Viewer | undefined> {
    const isStale = (answer: Answer | undefined) => answer && performance.now() - answer.askedAt > LONE_ANSWER_TTL_MS;
    if (this.mustIntrospect && isStale(this.answers.get(token))) this.answers.delete(token);
    try {
      return (await this.answers.fetch(token))!.viewer ?? undefined;
    } catch (error) {
      const { revocations, log } = this.options;
      if (read && error instanceof IdentityDownError && revocations?.isCurrent) return read;
      if (performance.now() - this.loggedAt > LOG_PAUSE_MS) {
        this.loggedAt = performance.now();
        log?.warn({ err: error }, 'identity could not be asked about a token');
      }
      throw new ApiError('SERVICE_UNAVAILABLE', 'Whether this token is valid cannot be told at the moment.');
    }
  }

  private async ask(token: string): Promise<Answer> {
    const askedAt = performance.now();
    const viewer = await this.options.introspect!(token);
    if (viewer) this.asked.set(viewer, askedAt);
    return { viewer, askedAt };
  }
}

/** The token of an `Authorization` header; undefined where there is none. @throws UNAUTHENTICATED for other schemes. */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined || header === '') return undefined;
  const token = /^Bearer +(\S+) *$/i.exec(header)?.[1];
  if (!token) throw unauthenticated('Send the access token as `Authorization: Bearer <token>`.');
  return token;
}

function verifyToken(token: string, key: KeyObject): Claims {
  const { algorithm, issuer, audience } = ACCESS_TOKEN;
  try {
    const claims = verify(token, key, { algorithms: [algorithm], issuer, audience });
    if (typeof claims === 'object') return claims;
  } catch (error) {
    if ((error as Error).name === 'TokenExpiredError') throw expired();
  }
  throw invalid();
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
