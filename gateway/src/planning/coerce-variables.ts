/** Checks a request's variables against its operation and fills in defaults. */
import { getVariableValues, GraphQLError } from 'graphql';
import { ApiError } from '@chat/kit/errors';
import type { PreparedOperation } from './prepared-operation';

export type CoercedVariables = { variables: Record<string, unknown> } | { errors: readonly GraphQLError[] };

/** More wrong variables than these are not listed. */
const MAX_ERRORS = 10;

const NONE: CoercedVariables = { variables: Object.freeze({}) };

export function coerceVariables(prepared: PreparedOperation, given: unknown): CoercedVariables {
  const definitions = prepared.operation.variableDefinitions;
  if (!definitions || definitions.length === 0) return NONE;
  if (given !== undefined && given !== null && (typeof given !== 'object' || Array.isArray(given))) {
    return { errors: [new ApiError('BAD_REQUEST', '`variables` must be an object.')] };
  }
  const values = getVariableValues(
    prepared.supergraph.apiSchema,
    definitions,
    (given ?? {}) as Record<string, unknown>,
    {
      maxErrors: MAX_ERRORS,
    },
  );
  if (values.coerced) return { variables: values.coerced };
  return {
    errors: (values.errors ?? []).map(
      ({ message, nodes }) => new GraphQLError(message, { nodes, extensions: { code: 'BAD_USER_INPUT' } }),
    ),
  };
}
