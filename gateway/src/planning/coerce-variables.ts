/** Validates a request's variables and fills in defaults. */
import {
  getNullableType,
  getVariableValues,
  GraphQLError,
  isInputObjectType,
  isListType,
  isSpecifiedScalarType,
  typeFromAST,
  type GraphQLInputType,
  type GraphQLSchema,
  type VariableDefinitionNode,
} from 'graphql';
import { ApiError } from '@chat/kit/errors';
import { withoutSuggestion } from './prepare';
import { isRawNumber } from '../supergraph/exact-json';
import { isPlainInput } from './plain-input';
import type { PreparedOperation } from './prepared-operation';

export type CoercedVariables = { variables: Record<string, unknown> } | { errors: readonly GraphQLError[] };

/** Invalid variables that are reported at most. */
const MAX_ERRORS = 10;

/** Deeper input is refused, since the gateway and subgraphs traverse it recursively. */
const MAX_LEVELS = 100;

const NONE: CoercedVariables = { variables: Object.freeze({}) };

/** `isTerse` removes suggestions from messages. */
export function coerceVariables(prepared: PreparedOperation, given: unknown, isTerse = false): CoercedVariables {
  const definitions = prepared.operation.variableDefinitions;
  if (!definitions || definitions.length === 0) return NONE;
  if (given !== undefined && given !== null && (typeof given !== 'object' || Array.isArray(given))) {
    return { errors: [new ApiError('BAD_REQUEST', '`variables` must be an object.')] };
  }
  const inputs = (given ?? {}) as Record<string, unknown>;
  const schema = prepared.supergraph.apiSchema;
  const plain = takePlain(definitions, inputs, schema);
  if (plain) return { variables: plain };
  const tooDeep = definitions.find(({ variable }) => isDeeper(inputs[variable.name.value], MAX_LEVELS));
  if (tooDeep) {
    const message = `Variable "$${tooDeep.variable.name.value}" has more than ${MAX_LEVELS} levels.`;
    return { errors: [new ApiError('LIMIT_EXCEEDED', message, { what: 'levels', limit: MAX_LEVELS })] };
  }
  const tooLarge = definitions.find(({ variable }) => hasInfinity(inputs[variable.name.value]));
  if (tooLarge) {
    const message = `Variable "$${tooLarge.variable.name.value}" has a number that is too large to be represented.`;
    return { errors: [new GraphQLError(message, { nodes: tooLarge, extensions: { code: 'BAD_USER_INPUT' } })] };
  }
  const settled = { ...inputs };
  for (const { variable, type } of definitions) {
    const name = variable.name.value;
    const inputType = typeFromAST(schema, type as never) as GraphQLInputType | undefined;
    if (inputType && Object.hasOwn(inputs, name)) settled[name] = withPlainNumbers(inputs[name], inputType);
  }
  const values = getVariableValues(schema, definitions, settled, { maxErrors: MAX_ERRORS });
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

/** The given variables if all are present and need no coercion, as those of most operations. */
function takePlain(
  definitions: readonly VariableDefinitionNode[],
  inputs: Readonly<Record<string, unknown>>,
  schema: GraphQLSchema,
): Record<string, unknown> | undefined {
  const variables: Record<string, unknown> = {};
  for (const { variable, type } of definitions) {
    const name = variable.name.value;
    if (!Object.hasOwn(inputs, name) || !isPlainInput(inputs[name], type, schema)) return undefined;
    variables[name] = inputs[name];
  }
  return variables;
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1));
}

function hasInfinity(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return false;
  return isRawNumber(value) ? !Number.isFinite(Number(value.rawJSON)) : Object.values(value).some(hasInfinity);
}

/** Raw numbers are valid for custom scalars only. Built-in scalars get a number, and IDs get its text. */
function withPlainNumbers(value: unknown, type: GraphQLInputType): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const nullable = getNullableType(type);
  if (Array.isArray(value)) {
    return isListType(nullable) ? value.map((item) => withPlainNumbers(item, nullable.ofType)) : value;
  }
  if (isRawNumber(value)) {
    if (isListType(nullable)) return withPlainNumbers(value, nullable.ofType);
    if (!isSpecifiedScalarType(nullable)) return value;
    return nullable.name === 'ID' && /^-?\d+$/.test(value.rawJSON) ? value.rawJSON : Number(value.rawJSON);
  }
  const named = isListType(nullable) ? getNullableType(nullable.ofType) : nullable;
  if (!isInputObjectType(named)) return value;
  const fields = named.getFields();
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      return [name, field ? withPlainNumbers(item, field.type) : item];
    }),
  );
}
