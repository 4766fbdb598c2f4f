/** Responses of the REST surface: errors in the form of GraphQL errors, with a status. */
import { ApiError } from '@chat/kit/errors';
import type { ServerResponse } from 'node:http';

/** How long a client may go on sending after it was refused, in milliseconds. Closed earlier, it would not read the response. */
const LINGER_MS = 2_000;

/** Ends a request with an error. If a body is still on its way, the connection is closed after the response. */
export function sendError(
  response: ServerResponse,
  status: number,
  error: ApiError,
  headers: Record<string, string> = {},
): void {
  if (response.headersSent) return void response.destroy();
  const text = JSON.stringify({ errors: [error.toJSON()] });
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
    ...(response.req.complete ? {} : { connection: 'close' }),
    ...headers,
  });
  const { req: request } = response;
  const body = request.method === 'HEAD' ? '' : text;
  if (request.complete || request.destroyed) return void response.end(body);
  response.write(body);
  const linger = setTimeout(() => response.end(), LINGER_MS).unref();
  request.once('end', () => response.end()).once('close', () => clearTimeout(linger));
  request.resume();
}

/** Refuses a URL that is forged, altered, of another kind or too old. */
export function refuseUrl(response: ServerResponse, hasExpired: boolean): void {
  const message = hasExpired ? 'The URL has expired. Ask for a new one.' : 'The URL is not valid.';
  sendError(response, 403, new ApiError('FORBIDDEN', message));
}
