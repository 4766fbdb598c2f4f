/** Whether a subgraph's value fits a scalar or enum; custom scalars take anything, as only subgraphs know them. */
import { getNullableType, isEnumType, isScalarType, type GraphQLLeafType, type GraphQLOutputType } from 'graphql';

const BUILT_IN: Readonly<Record<string, (value: unknown) => boolean>> = {
  Int: (value) => Number.isInteger(value) && Math.abs(value as number) <= 2 ** 31,
  Float: (value) => typeof value === 'number' && Number.isFinite(value),
  Boolean: (value) => typeof value === 'boolean',
  String: (value) => typeof value === 'string',
  ID: (value) => typeof value === 'string' || Number.isInteger(value),
};

export function isLeafValue(type: GraphQLLeafType): (value: unknown) => boolean {
  if (isEnumType(type)) return (value) => typeof value === 'string' && type.getValue(value) !== undefined;
  return BUILT_IN[type.name] ?? (() => true);
}

/** What `typeof` says of values that fit a type without a further look; undefined where there is no such word. */
export function fittingTypeof(type: GraphQLOutputType): 'string' | 'boolean' | undefined {
  const nullable = getNullableType(type);
  if (!isScalarType(nullable)) return undefined;
  if (nullable.name === 'Boolean') return 'boolean';
  return nullable.name === 'String' || nullable.name === 'ID' ? 'string' : undefined;
}
