/**
 * Tokens that do not say enough by themselves: the gateway asks identity whose they are, over HTTP in the manner of RFC 7662, or
 * by function. API keys never do; access tokens do not as long as the gateway cannot hear which sessions have ended.
 */
import { VIEWER_HEADER, type ViewerHeader } from './viewer-header';
import type { Viewer } from './viewer';

/** What every API key starts with, so that leak scanners and people recognise it. It has no dots, unlike a JWT. */
export const API_KEY_PREFIX = 'chat_';

/** Whose token it is, and what they may do now; null where it is not valid (any more). @throws where identity is away. */
export type TokenIntrospector = (token: string) => Promise<Viewer | null>;

/** The path of the endpoint on identity's own server, which clients do not reach. */
export const INTROSPECTION_PATH = '/introspect';

/** The body of an answer (RFC 7662, section 2.2). */
export type Introspection =
  | { active: false }
  | {
      active: true;
      sub: string;
      sid: string;
      roles: readonly string[];
      permissions: readonly string[];
      scope: string;
      exp: number;
    };

export function introspectionOf(viewer: Viewer | null): Introspection {
  if (!viewer) return { active: false };
  const { id: sub, sessionId: sid, roles, permissions, scope = [], expiresAt: exp } = viewer;
  return { active: true, sub, sid, roles, permissions, scope: scope.join(' '), exp };
}

/**
 * Asks identity at `url` (`http://host:port`), as the gateway that may sign viewer headers.
 * Every call is a request: cache what it says for a few seconds at most.
 */
export function httpIntrospector(url: string, viewerHeader: ViewerHeader, timeoutMs = 5000): TokenIntrospector {
  const endpoint = new URL(INTROSPECTION_PATH, url);
  return async (token) => {
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: { [VIEWER_HEADER]: viewerHeader.sign(null) },
      body: new URLSearchParams({ token, token_type_hint: 'access_token' }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw new Error(`Identity answered ${response.status} when asked about a token.`);
    const answer = (await response.json()) as Introspection;
    if (!answer.active) return null;
    const { sub: id, sid: sessionId, roles, permissions, scope, exp: expiresAt } = answer;
    return { id, sessionId, roles, permissions, ...(scope && { scope: scope.split(' ') }), expiresAt };
  };
}
