/** Checks a request's variables against its operation and fills in defaults. */
import { getVariableValues, GraphQLError, Kind, type VariableDefinitionNode } from 'graphql';
import { ApiError } from '@chat/kit/errors';
import { withoutSuggestion } from './prepare';
import type { PreparedOperation } from './prepared-operation';

export type CoercedVariables = { variables: Record<string, unknown> } | { errors: readonly GraphQLError[] };

/** More wrong variables than these are not listed. */
const MAX_ERRORS = 10;

/** Deeper input is refused: whoever walks it does so on the stack, here and in the subgraphs. */
const MAX_LEVELS = 100;

/** Which values of the built-in scalars mean themselves; others (a number for an ID, say) may be right and are left to graphql-js. */
const MEANS_ITSELF: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['ID', isText],
  ['String', isText],
  ['Boolean', (value) => typeof value === 'boolean'],
  ['Int', (value) => typeof value === 'number' && (value | 0) === value],
  ['Float', (value) => Number.isFinite(value)],
]);

const NONE: CoercedVariables = { variables: Object.freeze({}) };

/** `isTerse`: messages must not suggest what the schema holds. */
export function coerceVariables(prepared: PreparedOperation, given: unknown, isTerse = false): CoercedVariables {
  const definitions = prepared.operation.variableDefinitions;
  if (!definitions || definitions.length === 0) return NONE;
  if (given !== undefined && given !== null && (typeof given !== 'object' || Array.isArray(given))) {
    return { errors: [new ApiError('BAD_REQUEST', '`variables` must be an object.')] };
  }
  const inputs = (given ?? {}) as Record<string, unknown>;
  const plain = takePlain(definitions, inputs);
  if (plain) return { variables: plain };
  const tooDeep = definitions.find(({ variable }) => isDeeper(inputs[variable.name.value], MAX_LEVELS));
  if (tooDeep) {
    const message = `Variable "$${tooDeep.variable.name.value}" has more than ${MAX_LEVELS} levels.`;
    return { errors: [new ApiError('LIMIT_EXCEEDED', message, { what: 'levels', limit: MAX_LEVELS })] };
  }
  const values = getVariableValues(prepared.supergraph.apiSchema, definitions, inputs, { maxErrors: MAX_ERRORS });
  if (values.coerced) return { variables: values.coerced };
  return {
    errors: (values.errors ?? []).map(
      ({ message, nodes }) =>
        new GraphQLError(isTerse ? withoutSuggestion(message) : message, {
          nodes,
          extensions: { code: 'BAD_USER_INPUT' },
        }),
    ),
  };
}

/** The variables as they were given, where every one was and needs no coercion: most operations have a few of built-in scalars. */
function takePlain(
  definitions: readonly VariableDefinitionNode[],
  inputs: Readonly<Record<string, unknown>>,
): Record<string, unknown> | undefined {
  const variables: Record<string, unknown> = {};
  for (const { variable, type } of definitions) {
    const name = variable.name.value;
    const named = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
    const meansItself = named.kind === Kind.NAMED_TYPE ? MEANS_ITSELF.get(named.name.value) : undefined;
    if (!Object.hasOwn(inputs, name) || !meansItself?.(inputs[name])) return undefined;
    variables[name] = inputs[name];
  }
  return variables;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
