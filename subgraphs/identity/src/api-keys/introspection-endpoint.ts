/** `POST /introspect` (RFC 7662) for gateways in other processes. Answers nobody who cannot sign a viewer header. */
import { INTROSPECTION_PATH, introspectionOf, type TokenIntrospector } from '@chat/kit/auth/introspection';
import { VIEWER_HEADER, type ViewerHeader } from '@chat/kit/auth/viewer-header';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** A Subgraph's `handleHttp`: false for other paths. */
export function introspectionEndpoint(introspect: TokenIntrospector, viewerHeader: ViewerHeader) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    if (request.url?.split('?')[0] !== INTROSPECTION_PATH) return false;
    const send = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(body));
      return true;
    };
    if (viewerHeader.verify(request.headers[VIEWER_HEADER] as string | undefined) === undefined)
      return send(401, { error: 'invalid_client' });
    if (request.method !== 'POST') return send(405, { error: 'invalid_request' });
    const token = new URLSearchParams(await text(request)).get('token');
    return token ? send(200, introspectionOf(await introspect(token))) : send(400, { error: 'invalid_request' });
  };
}
