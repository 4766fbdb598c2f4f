/**
 * The one place where errors are masked. What a subgraph says with a code from the catalogue reaches the client;
 * anything else becomes INTERNAL_SERVER_ERROR, and the log has the rest.
 */
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ERROR_CODES, type ErrorCode } from '@chat/kit/errors';
import { CORRELATION_HEADER } from '@chat/kit/logging';
import type { ExecutionScope } from './execution-scope';

/** Codes that, coming from a subgraph, speak about the gateway's request and not about the client's. */
const ABOUT_THE_GATEWAY: ReadonlySet<ErrorCode> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_REQUEST',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
  'INTERNAL_SERVER_ERROR',
]);

/** What subgraphs of other makes add to their errors for their own developers. */
const INTERNALS: ReadonlySet<string> = new Set(['stacktrace', 'exception', 'originalError', 'debugMessage', 'trace']);

export type ErrorPath = readonly (string | number)[];

/** What is left of an error when a client may see it. `path` is the place in the client's answer. */
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

/** The cause, where there is one; what came over HTTP is a plain object and no error. */
function described(error: unknown): Record<string, unknown> {
  if (error instanceof GraphQLError) return { err: error.originalError ?? error };
  return error instanceof Error ? { err: error } : { detail: error };
}
