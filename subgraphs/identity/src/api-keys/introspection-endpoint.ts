/**
 * `POST /introspect` (RFC 7662) and `POST /ended-sessions` for gateways in other processes. Refuses requests without a signed viewer
 * header.
 */
import {
  ENDED_SESSIONS_PATH,
  INTROSPECTION_PATH,
  introspectionOf,
  type EndedSessions,
  type TokenIntrospector,
} from '@chat/identity-client/sessions/introspection';
import { VIEWER_HEADER, type ViewerHeader } from '@chat/kit/auth/viewer-header';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json, text } from 'node:stream/consumers';

/** A Subgraph's `handleHttp`: false for other paths. */
export function introspectionEndpoint(
  introspect: TokenIntrospector,
  endedSessions: EndedSessions,
  viewerHeader: ViewerHeader,
) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const path = request.url?.split('?')[0];
    if (path !== INTROSPECTION_PATH && path !== ENDED_SESSIONS_PATH) return false;
    const send = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(body));
      return true;
    };
    if (viewerHeader.verify(request.headers[VIEWER_HEADER] as string | undefined) === undefined)
      return send(401, { error: 'invalid_client' });
    if (request.method !== 'POST') return send(405, { error: 'invalid_request' });
    if (path === ENDED_SESSIONS_PATH) return send(200, await endedSessions((await json(request)) as string[]));
    const token = new URLSearchParams(await text(request)).get('token');
    return token ? send(200, introspectionOf(await introspect(token))) : send(400, { error: 'invalid_request' });
  };
}
