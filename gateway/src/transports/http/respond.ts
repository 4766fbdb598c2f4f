/** Writes complete responses: texts, JSON and GraphQL errors in the media type that the client negotiated. */
import type { ServerResponse } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import { type ApiError, type ErrorCode } from '@chat/kit/errors';
import type { Allowance } from '../../limits/rate-limiter';
import { responseType } from './accept';
import { addDefaultHeader } from './gateway-response';

/** Status by error code for requests that are refused before execution; 400 for other codes. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  RATE_LIMITED: 429,
  INTERNAL_SERVER_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
};

export function sendText(
  response: ServerResponse,
  status: number,
  contentType: string,
  text: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text), ...headers });
  response.end(text);
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  sendText(response, status, 'application/json; charset=utf-8', JSON.stringify(body));
}

export function setAllowance(response: ServerResponse, { limit, remaining, resetSeconds }: Allowance): void {
  addDefaultHeader(response, 'ratelimit-limit', String(limit));
  addDefaultHeader(response, 'ratelimit-remaining', String(remaining));
  addDefaultHeader(response, 'ratelimit-reset', String(resetSeconds));
}

function statusOf({ code, extensions: { what } }: ApiError): number {
  if (code === 'LIMIT_EXCEEDED' && what === 'bytes') return 413;
  if (code === 'BAD_REQUEST' && what === 'encoding') return 415;
  return STATUS[code] ?? 400;
}

/** Responds with GraphQL errors. Clients parse a status other than 2xx only if its media type is the one for GraphQL. */
export function sendErrors(
  response: ServerResponse,
  status: number,
  errors: readonly GraphQLFormattedError[],
  headers?: Record<string, string>,
): void {
  sendText(response, status, responseType(response.req.headers), JSON.stringify({ errors }), headers);
}

/** Responds with one error to a GraphQL request. */
export function sendError(response: ServerResponse, error: ApiError, status = statusOf(error)): void {
  sendErrors(response, status, [error.toJSON()], headersOf(response, error, status));
}

/** Responds with one error to a request that is not GraphQL. */
export function sendRestError(response: ServerResponse, error: ApiError): void {
  sendJson(response, statusOf(error), { errors: [error.toJSON()] });
}

function headersOf(response: ServerResponse, { extensions }: ApiError, status: number): Record<string, string> {
  const headers: Record<string, string> = {};
  if (status === 415) headers['accept-encoding'] = 'identity'; // RFC 9110, 15.5.16
  const { retryAfterMs, limit } = extensions as { retryAfterMs?: number; limit?: number };
  if (retryAfterMs !== undefined) {
    const resetSeconds = Math.ceil(retryAfterMs / 1000);
    headers['retry-after'] = String(resetSeconds);
    if (limit !== undefined) setAllowance(response, { limit, remaining: 0, resetSeconds });
  }
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  return headers;
}
