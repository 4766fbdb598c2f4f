/**
 * Selections of plain fields: leaves, and objects of such, that have no resolver, arguments or directives. Reading them needs no
 * execution by graphql-js, of which even the shortest costs more than all its fields.
 */
import {
  getNullableType,
  isLeafType,
  isNonNullType,
  isObjectType,
  Kind,
  type FieldNode,
  type GraphQLObjectType,
  type SelectionSetNode,
} from 'graphql';

/** The data of an object as graphql-js would give it; undefined if only graphql-js can tell, as for an error. */
export type ReadPlain = (source: unknown) => object | undefined;

interface PlainField {
  key: string;
  name: string;
  isNullable: boolean;
  /** Of a value that is not null; undefined as in {@link ReadPlain}. */
  read: (value: unknown) => unknown;
}

/** Undefined if a selection is not plain. */
export function plainSelection({ selections }: SelectionSetNode, type: GraphQLObjectType): ReadPlain | undefined {
  const fields: PlainField[] = [];
  for (const selection of selections) {
    const field = selection.kind === Kind.FIELD ? plainField(selection, type) : undefined;
    if (!field || fields.some(({ key }) => key === field.key)) return undefined;
    fields.push(field);
  }
  return (source) => {
    const data: Record<string, unknown> = {};
    for (const { key, name, isNullable, read } of fields) {
      const value = (source as Record<string, unknown>)[name];
      const result = value == null ? (isNullable ? null : undefined) : read(value);
      if (result === undefined) return undefined;
      data[key] = result;
    }
    return data;
  };
}

function plainField(node: FieldNode, type: GraphQLObjectType): PlainField | undefined {
  if ((node.arguments?.length ?? 0) + (node.directives?.length ?? 0) > 0) return undefined;
  const name = node.name.value;
  const key = node.alias?.value ?? name;
  const field = type.getFields()[name];
  if (!field || field.resolve) return undefined;
  const fieldType = getNullableType(field.type);
  const isNullable = !isNonNullType(field.type);
  if (isLeafType(fieldType)) return { key, name, isNullable, read: leaf((value) => fieldType.serialize(value)) };
  const read = isObjectType(fieldType) && !fieldType.isTypeOf && plainSelection(node.selectionSet!, fieldType);
  return read ? { key, name, isNullable, read } : undefined;
}

const leaf = (serialize: (value: unknown) => unknown) => (value: unknown) => {
  try {
    return typeof value === 'function' ? undefined : serialize(value);
  } catch {
    return undefined;
  }
};
