/** Tells from a bearer token who is asking. Refuses whatever is not valid now; never guesses. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { verify } from 'jsonwebtoken';
import type { TokenIntrospector } from '@chat/identity-client/sessions/introspection';
import type { Revocations } from '@chat/identity-client/sessions/revocations';
import type { Viewer } from '@chat/kit/auth/viewer';
import { ApiError, unauthenticated } from '@chat/kit/errors';
import type { Logger } from '@chat/kit/logging';

/** What an access token says about itself besides the viewer. */
const ISSUER = 'chat-system';
const AUDIENCE = 'access';

/** Longer tokens are refused unread, in characters. */
const MAX_TOKEN_LENGTH = 8_192;

/** How many tokens are remembered as valid. */
const CACHED_TOKENS = 20_000;

/** How long what identity said of a token counts, in milliseconds: where its end is heard of otherwise, and where it is not. */
const ANSWER_TTL_MS = 5_000;
const LONE_ANSWER_TTL_MS = 1_000;

export interface AuthenticatorOptions {
  /** Verifies access tokens; without it every token is ignored. */
  secretKey?: string;
  /** What has been heard of ended sessions, since they can end before their tokens; absent where nothing is. */
  revocations?: Pick<Revocations, 'isRevoked' | 'isCurrent'>;
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
}

export class Authenticator {
  private readonly known = new LRUCache<string, Viewer>({ max: CACHED_TOKENS });
  /** Questions under way are shared, too. */
  private readonly answers: LRUCache<string, Answer>;
  /** Viewers as identity knew them moments ago. */
  private readonly asked = new WeakSet<Viewer>();
  /** Made once: jsonwebtoken tries a text as a public key first, which costs more than checking the signature. */
  private readonly key?: KeyObject;

  constructor(private readonly options: AuthenticatorOptions) {
    if (options.secretKey) this.key = createSecretKey(Buffer.from(options.secretKey));
    this.answers = new LRUCache({
      max: CACHED_TOKENS,
      fetchMethod: (token, _stale, { options: entry }) => {
        entry.ttl = this.asksAlways ? LONE_ANSWER_TTL_MS : ANSWER_TTL_MS;
        return this.ask(token);
      },
      ignoreFetchAbort: true, // whoever waits gets the answer, though there is no room to keep it
    });
  }

  /**
   * Whether identity is asked about every token: as long as it is not heard which sessions have ended, only PostgreSQL knows.
   * Then an answer older than a second counts for nothing, and where there is none nobody is let in.
   */
  get asksAlways(): boolean {
    const { introspect, revocations } = this.options;
    return introspect !== undefined && !revocations?.isCurrent;
  }

  /** Whether nothing that was heard of can be newer than what is known of a viewer. */
  isFresh(viewer: Viewer): boolean {
    return this.asksAlways && this.asked.has(viewer);
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
    if (!viewer || this.asksAlways) viewer = (await this.answers.fetch(token))!.viewer ?? undefined;
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

  private async ask(token: string): Promise<Answer> {
    try {
      const viewer = await this.options.introspect!(token);
      if (viewer) this.asked.add(viewer);
      return { viewer };
    } catch (error) {
      this.options.log?.warn({ err: error }, 'identity could not be asked whom a token stands for');
      throw new ApiError('SERVICE_UNAVAILABLE', 'Whether this token is valid cannot be told at the moment.');
    }
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
  try {
    const claims = verify(token, key, { algorithms: ['HS256'], issuer: ISSUER, audience: AUDIENCE });
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
