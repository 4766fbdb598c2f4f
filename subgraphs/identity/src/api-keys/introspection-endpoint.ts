/**
 * `POST /introspect` (RFC 7662), `/ended-sessions` and `/changed-roles` for gateways in other processes. Refuses requests without a
 * signed viewer header.
 */
import {
  CHANGED_ROLES_PATH,
  ENDED_SESSIONS_PATH,
  INTROSPECTION_PATH,
  introspectionOf,
  type EndedSessions,
  type FindChangedRoles,
  type TokenIntrospector,
} from '@chat/identity-client/sessions/introspection';
import { VIEWER_HEADER, type ViewerHeader } from '@chat/kit/auth/viewer-header';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json, text } from 'node:stream/consumers';

/** A Subgraph's `handleHttp`: false for other paths. */
export function introspectionEndpoint(
  introspect: TokenIntrospector,
  endedSessions: EndedSessions,
  changedRoles: FindChangedRoles,
  viewerHeader: ViewerHeader,
) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const path = request.url?.split('?')[0];
    if (path !== INTROSPECTION_PATH && path !== ENDED_SESSIONS_PATH && path !== CHANGED_ROLES_PATH) return false;
    const send = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(body));
      return true;
    };
    if (viewerHeader.verify(request.headers[VIEWER_HEADER] as string | undefined) === undefined)
      return send(401, { error: 'invalid_client' });
    if (request.method !== 'POST') return send(405, { error: 'invalid_request' });
    if (path === ENDED_SESSIONS_PATH) return send(200, await endedSessions((await json(request)) as string[]));
    if (path === CHANGED_ROLES_PATH)
      return send(200, await changedRoles(((await json(request)) as { since?: number }).since));
    const token = new URLSearchParams(await text(request)).get('token');
    return token ? send(200, introspectionOf(await introspect(token))) : send(400, { error: 'invalid_request' });
  };
}
