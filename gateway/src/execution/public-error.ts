/**
 * Masks errors; nothing else in the gateway does. An error with a code from the catalogue reaches the client. Any other error
 * becomes INTERNAL_SERVER_ERROR, and the log has the details.
 */
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ERROR_CODES, type ErrorCode } from '@chat/kit/errors';
import { CORRELATION_HEADER } from '@chat/kit/logging';
import type { ExecutionScope } from './execution-scope';

/** Codes that describe the gateway's request, not the client's, if they come from a subgraph. */
const ABOUT_THE_GATEWAY: ReadonlySet<ErrorCode> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_REQUEST',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'INTERNAL_SERVER_ERROR',
]);

/** Extensions that other GraphQL servers add to errors for their developers. */
const INTERNALS: ReadonlySet<string> = new Set(['stacktrace', 'exception', 'originalError', 'debugMessage', 'trace']);

export type ErrorPath = readonly (string | number)[];

/** The error in the form that a client may see. `path` is its path in the client's response. */
export function publicError(
  error: unknown,
  { scope, path, subgraph }: { scope: ExecutionScope; path?: ErrorPath; subgraph?: string },
): GraphQLFormattedError {
  const { message, extensions } = (error ?? {}) as { message?: unknown; extensions?: Record<string, unknown> };
  const where = path && { path };
  if (typeof message === 'string' && isPublicCode(extensions?.code)) {
    return { message, ...where, extensions: withoutInternals(extensions!) };
  }
  scope.log.error({ ...described(error), subgraph, path }, 'an unexpected error was masked');
  return {
    message: 'Something went wrong here. The operator can find it by its correlation id.',
    ...where,
    extensions: { code: 'INTERNAL_SERVER_ERROR', correlationId: scope.headers[CORRELATION_HEADER] },
  };
}

function isPublicCode(code: unknown): boolean {
  return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code) && !ABOUT_THE_GATEWAY.has(code as ErrorCode);
}

function withoutInternals(extensions: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(extensions).filter(([key]) => !INTERNALS.has(key)));
}

/** The cause, if there is one. An error that came over HTTP is a plain object. */
function described(error: unknown): Record<string, unknown> {
  if (error instanceof GraphQLError) return { err: error.originalError ?? error };
  return error instanceof Error ? { err: error } : { detail: error };
}
