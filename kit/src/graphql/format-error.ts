/** Errors as they leave a subgraph. What is meant for clients keeps its code; the rest is logged whole here and masked by the gateway. */
import { GraphQLError, type ExecutionResult } from 'graphql';
import { databaseAway, isConnectionError } from '../database/connection-error';
import { ApiError } from '../errors';
import type { Logger } from '../logging';

export function formatErrors(errors: readonly unknown[], log: Logger): NonNullable<ExecutionResult['errors']> {
  // Plain objects, the same whether they travel over HTTP or by function.
  return errors.map((error) => format(error, log)) as unknown as NonNullable<ExecutionResult['errors']>;
}

function format(error: unknown, log: Logger) {
  const located = error instanceof GraphQLError ? error : undefined;
  const cause = located?.originalError ?? error;
  const known = cause instanceof ApiError ? cause : isConnectionError(cause) ? databaseAway() : undefined;
  if (known) return { message: known.message, path: located?.path, extensions: known.extensions };
  if (located && !located.originalError) {
    // graphql-js itself: the document, its variables or a value that does not fit the schema.
    return {
      message: located.message,
      path: located.path,
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED', ...located.extensions },
    };
  }
  log.error({ err: cause, path: located?.path }, 'a resolver failed unexpectedly');
  return {
    message: cause instanceof Error ? cause.message : String(cause),
    path: located?.path,
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  };
}
