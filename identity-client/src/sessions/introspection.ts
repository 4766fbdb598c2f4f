/**
 * Token introspection: the gateway asks identity about a token, over HTTP in the manner of RFC 7662 or by function call. Needed for API
 * keys always, and for access tokens while the gateway does not receive revocations.
 */
import { VIEWER_HEADER, type ViewerHeader } from '@chat/kit/auth/viewer-header';
import type { Viewer } from '@chat/kit/auth/viewer';
import { correlationHeaders } from '@chat/kit/logging';
import type { RoleChange } from '../access/role-changes';

/** Prefix of every API key, so that leak scanners and people recognise it. Without dots, unlike a JWT. */
export const API_KEY_PREFIX = 'chat_';

/** Returns the viewer of a token with its present permissions, or null if the token is not valid. @throws if identity does not answer */
export type TokenIntrospector = (token: string) => Promise<Viewer | null>;

/** Returns the sessions and API keys that have ended or never existed. @throws if identity does not answer */
export type EndedSessions = (sessionIds: readonly string[]) => Promise<readonly string[]>;

/** Role changes after a moment, and the moment up to which they are complete, in milliseconds since 1970. */
export interface ChangedRoles {
  changes: readonly RoleChange[];
  until: number;
}

/** Returns the role changes since `since`, or all that matter for valid tokens. @throws if identity does not answer */
export type FindChangedRoles = (since?: number) => Promise<ChangedRoles>;

/** Paths of the endpoints on identity's own server, which clients cannot reach. */
export const INTROSPECTION_PATH = '/introspect';
export const ENDED_SESSIONS_PATH = '/ended-sessions';
export const CHANGED_ROLES_PATH = '/changed-roles';

/** Deadline for an answer, in milliseconds. */
const ASK_MS = 2_000;

/** The body of a response (RFC 7662, section 2.2). */
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

/** `http://host:port` of identity's processes. If one fails, the next one is asked, and is asked first from then on. */
export type IdentityUrls = string | readonly string[];

/**
 * Asks identity, authenticated by a signed viewer header. Every call is a request; cache answers for a few seconds at most.
 * @param timeoutMs the deadline over all addresses
 */
export function httpIntrospector(url: IdentityUrls, viewerHeader: ViewerHeader, timeoutMs = ASK_MS): TokenIntrospector {
  const ask = askIdentity<Introspection>(INTROSPECTION_PATH, url, viewerHeader, timeoutMs);
  return async (token) => {
    const answer = await ask(new URLSearchParams({ token, token_type_hint: 'access_token' }));
    if (!answer.active) return null;
    const { sub: id, sid: sessionId, roles, permissions, scope, exp: expiresAt } = answer;
    return { id, sessionId, roles, permissions, ...(scope && { scope: scope.split(' ') }), expiresAt };
  };
}

/** Like {@link httpIntrospector}, for sessions. */
export function httpEndedSessions(url: IdentityUrls, viewerHeader: ViewerHeader, timeoutMs = ASK_MS): EndedSessions {
  const ask = askIdentity<readonly string[]>(ENDED_SESSIONS_PATH, url, viewerHeader, timeoutMs);
  return (sessionIds) => ask(JSON.stringify(sessionIds));
}

/** Like {@link httpIntrospector}, for roles. */
export function httpChangedRoles(url: IdentityUrls, viewerHeader: ViewerHeader, timeoutMs = ASK_MS): FindChangedRoles {
  const ask = askIdentity<ChangedRoles>(CHANGED_ROLES_PATH, url, viewerHeader, timeoutMs);
  return (since) => ask(JSON.stringify({ since }));
}

/** No identity process listens, so none can change access either. A process that hangs can, and causes another error. */
export class IdentityDownError extends Error {}

function askIdentity<Answer>(path: string, urls: IdentityUrls, viewerHeader: ViewerHeader, timeoutMs: number) {
  const endpoints = [urls].flat().map((url) => new URL(path, url));
  const ask = async (endpoint: URL, body: URLSearchParams | string): Promise<Answer> => {
    const headers = { ...correlationHeaders(), [VIEWER_HEADER]: viewerHeader.sign(null) };
    const signal = AbortSignal.timeout(timeoutMs / endpoints.length);
    const response = await fetch(endpoint, { method: 'POST', headers, body, signal }).catch((error: Error) => {
      const { code } = (error.cause ?? {}) as { code?: string };
      if (code === 'ECONNREFUSED') throw new IdentityDownError('No identity process listens.', { cause: error });
      throw error;
    });
    if (!response.ok) throw new Error(`Identity answered ${endpoint.pathname} with ${response.status}.`);
    return (await response.json()) as Answer;
  };
  let first = 0;
  return async (body: URLSearchParams | string): Promise<Answer> => {
    const failures: unknown[] = [];
    const begin = first;
    for (let turn = 0; turn < endpoints.length; turn++) {
      const index = (begin + turn) % endpoints.length;
      try {
        const answer = await ask(endpoints[index]!, body);
        first = index;
        return answer;
      } catch (error) {
        failures.push(error);
      }
    }
    // Identity is down only if no process listens: one that hangs can change access.
    throw failures.find((error) => !(error instanceof IdentityDownError)) ?? failures[0];
  };
}
