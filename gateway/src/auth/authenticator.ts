/** Tells from a bearer token who is asking. Refuses whatever is not valid now; never guesses. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { verify } from 'jsonwebtoken';
import { type ApiError, unauthenticated } from '@chat/kit/errors';
import type { Viewer } from '@chat/kit/auth/viewer';

/** What an access token says about itself besides the viewer. */
const ISSUER = 'chat-system';
const AUDIENCE = 'access';

/** Longer tokens are refused unread, in characters. */
const MAX_TOKEN_LENGTH = 8_192;

/** How many tokens are remembered as valid, and how long opaque ones are, in milliseconds. */
const CACHED_TOKENS = 20_000;
const OPAQUE_TTL_MS = 5_000;

export interface AuthenticatorOptions {
  /** Verifies access tokens; without it every token is ignored. */
  secretKey?: string;
  /** Asked at every request, since a session can end before its token. */
  isRevoked?: (viewer: Viewer) => boolean;
  /** Who an opaque token (an API key) stands for, null for nobody; absent where there are none. */
  introspect?: (token: string) => Promise<Viewer | null>;
}

interface Claims {
  sub?: unknown;
  sid?: unknown;
  roles?: unknown;
  permissions?: unknown;
  exp?: number;
}

export class Authenticator {
  private readonly known = new LRUCache<string, Viewer>({ max: CACHED_TOKENS, ttl: OPAQUE_TTL_MS });
  /** Made once: jsonwebtoken tries a text as a public key first, which costs more than checking the signature. */
  private readonly key?: KeyObject;

  constructor(private readonly options: AuthenticatorOptions) {
    if (options.secretKey) this.key = createSecretKey(Buffer.from(options.secretKey));
  }

  /** The viewer of a token, null where none came. @throws UNAUTHENTICATED where the token is not valid. */
  async authenticate(token: string | undefined): Promise<Viewer | null> {
    const { isRevoked } = this.options;
    if (token === undefined || !this.key) return null;
    if (token.length > MAX_TOKEN_LENGTH) throw invalid();
    const viewer = this.known.get(token) ?? (await this.read(token, this.key));
    if (viewer.expiresAt * 1000 <= Date.now()) throw unauthenticated('The access token has expired.');
    if (isRevoked?.(viewer)) throw unauthenticated('The session has ended.');
    return viewer;
  }

  private async read(token: string, key: KeyObject): Promise<Viewer> {
    if (token.split('.').length !== 3 && this.options.introspect) {
      const viewer = await this.options.introspect(token);
      if (!viewer) throw invalid();
      this.known.set(token, viewer);
      return viewer;
    }
    const viewer = viewerOf(verifyToken(token, key));
    this.known.set(token, viewer, { ttl: Math.max(1, viewer.expiresAt * 1000 - Date.now()) });
    return viewer;
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
    if ((error as Error).name === 'TokenExpiredError') throw unauthenticated('The access token has expired.');
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

function invalid(): ApiError {
  return unauthenticated('The access token is not valid.');
}
