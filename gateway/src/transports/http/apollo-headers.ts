/** The headers of a request as Apollo Server sees them, with the mark of requests that no other site can have forged. */
import { HeaderMap } from '@apollo/server';
import type { IncomingMessage } from 'node:http';

export function headersOf({ method, headers }: IncomingMessage, isGetStrict: boolean): HeaderMap {
  const map = new HeaderMap();
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  // A request from a program or from our own origin cannot be forged by another site.
  const isOwn = !isCrossSite(headers);
  if (isOwn && (method !== 'GET' || !isGetStrict || isOfGraphQLClient(headers))) {
    map.set('apollo-require-preflight', 'true');
  }
  return map;
}

/** GraphQL clients send an Accept header for JSON or a token. Browsers mark requests of the same origin. */
function isOfGraphQLClient({ accept = '', authorization, ...headers }: IncomingMessage['headers']): boolean {
  return (
    /\bapplication\/(json|graphql-response\+json)\b/i.test(accept) ||
    authorization !== undefined ||
    headers['sec-fetch-site'] === 'same-origin'
  );
}

/** Browsers mark cross-site requests. A request without any such mark comes from a program. */
function isCrossSite(headers: IncomingMessage['headers']): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return headers.origin !== undefined || headers.referer !== undefined || headers.cookie !== undefined;
}
