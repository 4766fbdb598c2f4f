/** Parses literals of custom scalars without losing digits. Built-in scalars keep their own rules. */
import { isScalarType, isSpecifiedScalarType, Kind, type GraphQLSchema, type ValueNode } from 'graphql';
import { exactNumber } from './exact-json';

/** Installs exact literal parsing for the custom scalars of `schema`. */
export function readLiteralsExactly(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isScalarType(type) && !isSpecifiedScalarType(type)) type.parseLiteral = exactLiteral;
  }
}

function exactLiteral(node: ValueNode, variables?: Record<string, unknown> | null): unknown {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.INT:
    case Kind.FLOAT:
      return exactNumber(node.value);
    case Kind.LIST:
      return node.values.map((item) => exactLiteral(item, variables));
    case Kind.OBJECT: {
      const entries = node.fields.map(({ name, value }) => [name.value, exactLiteral(value, variables)] as const);
      return Object.assign(Object.create(null) as object, Object.fromEntries(entries));
    }
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    default:
      return node.value;
  }
}
