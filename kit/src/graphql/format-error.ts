/** Errors as they leave a subgraph. Errors for clients keep their code; all others are logged whole here and masked by the gateway. */
import { type ExecutionResult, GraphQLError, isValueNode, Kind } from 'graphql';
import { databaseAway, isConnectionError } from '../database/connection-error';
import { ApiError } from '../errors';
import type { Logger } from '../logging';

export function formatErrors(errors: readonly unknown[], log: Logger): NonNullable<ExecutionResult['errors']> {
  // Plain objects, the same whether they travel over HTTP or by function.
  return errors.map((error) => format(error, log)) as unknown as NonNullable<ExecutionResult['errors']>;
}

/** The error that clients may be told, if there is one: an outage of PostgreSQL is SERVICE_UNAVAILABLE. */
export function knownError(error: unknown): ApiError | undefined {
  return error instanceof ApiError ? error : isConnectionError(error) ? databaseAway() : undefined;
}

function format(error: unknown, log: Logger) {
  const located = error instanceof GraphQLError ? error : undefined;
  const cause = located?.originalError ?? error;
  const known = knownError(cause);
  if (known) return { message: known.message, path: located?.path, extensions: known.extensions };
  if (located && isAboutValue(located)) return { message: located.message, extensions: { code: 'BAD_USER_INPUT' } };
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

/** The gateway passes the values of our scalars on unread: here it turns out that one of them does not fit. */
function isAboutValue({ nodes, originalError, path }: GraphQLError): boolean {
  const [node] = nodes ?? [];
  if (!node || path) return false;
  return isValueNode(node) || (node.kind === Kind.VARIABLE_DEFINITION && originalError !== undefined);
}
