/** Converts a subgraph's leaf value for the response. Values of custom scalars pass unchanged, since only subgraphs know their rules. */
import { getNullableType, isEnumType, isScalarType, type GraphQLLeafType, type GraphQLOutputType } from 'graphql';
import { isRawNumber } from '../supergraph/exact-json';

/** Undefined if the value is invalid. */
export type CompleteLeaf = (value: unknown) => unknown;

const MAX_INT = 2 ** 31 - 1;
const MIN_INT = -(2 ** 31);

const BUILT_IN: Readonly<Record<string, CompleteLeaf>> = {
  Int: (value) =>
    Number.isInteger(value) && (value as number) <= MAX_INT && (value as number) >= MIN_INT ? value : undefined,
  Float: (value) => {
    const number = isRawNumber(value) ? Number(value.rawJSON) : value;
    return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
  },
  Boolean: (value) => (typeof value === 'boolean' ? value : undefined),
  String: (value) => (typeof value === 'string' ? value : undefined),
  // A subgraph may return a number for an ID, but clients always get a string (GraphQL, 3.5.5).
  ID: (value) => {
    if (typeof value === 'string') return value;
    if (isRawNumber(value)) return /^-?\d+$/.test(value.rawJSON) ? value.rawJSON : undefined;
    return Number.isInteger(value) ? BigInt(value as number).toString() : undefined;
  },
};

export function leafCompleter(type: GraphQLLeafType): CompleteLeaf {
  if (isEnumType(type)) {
    return (value) => (typeof value === 'string' && type.getValue(value) !== undefined ? value : undefined);
  }
  return BUILT_IN[type.name] ?? ((value) => value);
}

/** The `typeof` that makes a value valid without further checks; undefined if there is none. */
export function fittingTypeof(type: GraphQLOutputType): 'string' | 'boolean' | undefined {
  const nullable = getNullableType(type);
  if (!isScalarType(nullable)) return undefined;
  if (nullable.name === 'Boolean') return 'boolean';
  return nullable.name === 'String' || nullable.name === 'ID' ? 'string' : undefined;
}
