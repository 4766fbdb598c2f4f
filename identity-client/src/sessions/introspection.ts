/**
 * Tokens that do not say enough by themselves: the gateway asks identity whose they are, over HTTP in the manner of RFC 7662, or
 * by function. API keys never do; access tokens do not as long as the gateway cannot hear which sessions have ended.
 */
import { VIEWER_HEADER, type ViewerHeader } from '@chat/kit/auth/viewer-header';
import type { Viewer } from '@chat/kit/auth/viewer';

/** What every API key starts with, so that leak scanners and people recognise it. It has no dots, unlike a JWT. */
export const API_KEY_PREFIX = 'chat_';

/** Whose token it is, and what they may do now; null where it is not valid (any more). @throws where identity is away. */
export type TokenIntrospector = (token: string) => Promise<Viewer | null>;

/** Which of these sessions and API keys have ended or never were. @throws where identity is away. */
export type EndedSessions = (sessionIds: readonly string[]) => Promise<readonly string[]>;

/** The paths of the endpoints on identity's own server, which clients do not reach. */
export const INTROSPECTION_PATH = '/introspect';
export const ENDED_SESSIONS_PATH = '/ended-sessions';

/** How long identity has to answer, in milliseconds. */
const ASK_MS = 2_000;

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
export function httpIntrospector(url: string, viewerHeader: ViewerHeader, timeoutMs = ASK_MS): TokenIntrospector {
  const ask = askIdentity<Introspection>(new URL(INTROSPECTION_PATH, url), viewerHeader, timeoutMs);
  return async (token) => {
    const answer = await ask(new URLSearchParams({ token, token_type_hint: 'access_token' }));
    if (!answer.active) return null;
    const { sub: id, sid: sessionId, roles, permissions, scope, exp: expiresAt } = answer;
    return { id, sessionId, roles, permissions, ...(scope && { scope: scope.split(' ') }), expiresAt };
  };
}

/** As {@link httpIntrospector}, about sessions. */
export function httpEndedSessions(url: string, viewerHeader: ViewerHeader, timeoutMs = ASK_MS): EndedSessions {
  const ask = askIdentity<readonly string[]>(new URL(ENDED_SESSIONS_PATH, url), viewerHeader, timeoutMs);
  return (sessionIds) => ask(JSON.stringify(sessionIds));
}

/** No process of identity listens, so none can change anything either. A silent one may, and rejects otherwise. */
export class IdentityDownError extends Error {}

function askIdentity<Answer>(endpoint: URL, viewerHeader: ViewerHeader, timeoutMs: number) {
  return async (body: URLSearchParams | string): Promise<Answer> => {
    const headers = { [VIEWER_HEADER]: viewerHeader.sign(null) };
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(endpoint, { method: 'POST', headers, body, signal }).catch((error: Error) => {
      const { code } = (error.cause ?? {}) as { code?: string };
      if (code === 'ECONNREFUSED') throw new IdentityDownError('No identity process listens.', { cause: error });
      throw error;
    });
    if (!response.ok) throw new Error(`Identity answered ${endpoint.pathname} with ${response.status}.`);
    return (await response.json()) as Answer;
  };
}
