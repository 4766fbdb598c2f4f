/**
 * Tells values of variables that mean themselves: coercion would return an equal value. Compiled once for each type. Says nothing about
 * other values, which graphql-js coerces or refuses.
 */
import {
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isScalarType,
  typeFromAST,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
  type TypeNode,
} from 'graphql';

/** Deeper values are left to the limit of levels. */
const MAX_DEPTH = 90;

type IsPlain = (value: unknown, depth: number) => boolean;

/** Values of built-in scalars that need no coercion. graphql-js decides about others, such as a number for an ID. */
const SCALARS: Readonly<Record<string, IsPlain>> = {
  ID: isText,
  String: isText,
  Boolean: (value) => typeof value === 'boolean',
  Int: (value) => typeof value === 'number' && (value | 0) === value,
  Float: (value) => Number.isFinite(value),
};

const NEVER: IsPlain = () => false;

const compiled = new WeakMap<GraphQLSchema, Map<string, IsPlain>>();

/** Whether a given value certainly means itself. */
export function isPlainInput(value: unknown, type: TypeNode, schema: GraphQLSchema): boolean {
  let types = compiled.get(schema);
  if (!types) compiled.set(schema, (types = new Map<string, IsPlain>()));
  return checkOfNode(type, schema, types)(value, 0);
}

function checkOfNode(node: TypeNode, schema: GraphQLSchema, types: Map<string, IsPlain>): IsPlain {
  const isRequired = node.kind === 'NonNullType';
  const inner = isRequired ? node.type : node;
  // Other types of variables are rare, and would need a key.
  if (inner.kind !== 'NamedType') return NEVER;
  const name = inner.name.value;
  let check = types.get(name);
  if (!check) {
    const type = typeFromAST(schema, inner) as GraphQLInputType | undefined;
    check = type ? checkOf(type, types) : NEVER;
    types.set(name, check);
  }
  return check;
}

/** Null is left to graphql-js at the top, and allowed for optional fields and items. */
function checkOf(type: GraphQLInputType, types: Map<string, IsPlain>): IsPlain {
  if (isNonNullType(type)) {
    const inner = checkOf(type.ofType, types);
    return (value, depth) => value !== null && inner(value, depth);
  }
  if (isListType(type)) {
    const item = orNull(type.ofType, types);
    return (value, depth) => Array.isArray(value) && value.every((each) => item(each, depth + 1));
  }
  if (isScalarType(type)) return SCALARS[type.name] ?? NEVER;
  if (isEnumType(type)) {
    const values = new Set(
      type
        .getValues()
        .filter(({ name, value }) => name === value)
        .map(({ name }) => name),
    );
    return (value) => typeof value === 'string' && values.has(value);
  }
  return isInputObjectType(type) ? checkOfObject(type, types) : NEVER;
}

function orNull(type: GraphQLInputType, types: Map<string, IsPlain>): IsPlain {
  const check = checkOf(type, types);
  return isNonNullType(type) ? check : (value, depth) => value === null || check(value, depth);
}

function checkOfObject(type: GraphQLInputObjectType, types: Map<string, IsPlain>): IsPlain {
  const known = types.get(type.name);
  if (known) return known;
  let fields: Map<string, IsPlain> | undefined;
  let mustBeThere: string[] = [];
  const check: IsPlain = (value, depth) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || depth > MAX_DEPTH) return false;
    if (!fields) {
      // Compiled at the first use, as types may refer to themselves. A field with a default must be there, or it would be filled in.
      const all = Object.values(type.getFields());
      fields = new Map(all.map((field) => [field.name, orNull(field.type, types)]));
      mustBeThere = all
        .filter((field) => isNonNullType(field.type) || field.defaultValue !== undefined)
        .map(({ name }) => name);
    }
    const object = value as Record<string, unknown>;
    for (const name of mustBeThere) if (!Object.hasOwn(object, name)) return false;
    for (const name in object) if (!fields.get(name)?.(object[name], depth + 1)) return false;
    return true;
  };
  const whole = type.isOneOf ? NEVER : check;
  types.set(type.name, whole);
  return whole;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}
