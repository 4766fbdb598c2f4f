/**
 * A federation in which every value is derived from its object and field, so that a single schema must give the same responses.
 * Holds definitions and values. Executes nothing.
 */
import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  parse,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { ApiError } from '@chat/kit/errors';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@external", "@requires", "@shareable", "@interfaceObject", "@provides"])`;

/** Subgraph → its definitions. */
export const WORLD: Readonly<Record<string, string>> = {
  catalog: `${LINK}
    type Query {
      product(id: ID = "Product-1"): Product
      products(first: Int = 2): [Product!]!
      media: [Media]
      shelves: [[Product]]!
      search(text: String): [Result]
      featured: Featured!
      stock: Int! @shareable
    }
    union Result = Product | Book | User
    union Featured = Product | Film
    interface Media @key(fields: "id") { id: ID! title(lang: String = "en"): String! by: User }
    type Book implements Media @key(fields: "id") { id: ID! title(lang: String = "en"): String! by: User pages: Int next: Book }
    type Film implements Media @key(fields: "id") { id: ID! title(lang: String = "en"): String! by: User minutes: Int! }
    type Sku @shareable { code: String! }
    type Dims @shareable { width: Int height(unit: String): Int! }
    enum Status { NEW OLD }
    type Product @key(fields: "id") @key(fields: "sku { code }") {
      id: ID!
      sku: Sku!
      name: String!
      price(currency: String = "EUR"): Int
      attrs(keys: [String!]): [String]
      weight: Int
      dims: Dims
      status: Status
      owner: User
      similar(n: Int): [Product!]
    }
    type User @key(fields: "id") { id: ID! }
  `,
  shipping: `${LINK}
    type Query { stock: Int! @shareable depot: Depot }
    type Depot @key(fields: "id") { id: ID! holds: [Product] city: String }
    type Dims @shareable { width: Int height(unit: String): Int! }
    type Product @key(fields: "id") {
      id: ID!
      price(currency: String = "EUR"): Int @external
      weight: Int @external
      attrs(keys: [String!]): [String] @external
      dims: Dims @external
      estimate: String @requires(fields: "price(currency: \\"USD\\") weight")
      estimateEur: String @requires(fields: "price(currency: \\"EUR\\")")
      plainly: String @requires(fields: "price")
      volume: String @requires(fields: "dims { width height(unit: \\"cm\\") }")
      volumeInch: String @requires(fields: "dims { height(unit: \\"in\\") }")
      explicit: String @requires(fields: "attrs(keys: \\"E\\")")
      tax(of: Int = 3): Int!
      customs: Int
    }
  `,
  reviews: `${LINK}
    type Sku @shareable { code: String! }
    type Product @key(fields: "sku { code }") {
      sku: Sku!
      estimate: String @external
      rating: Float
      reviews(first: Int = 2): [Review!]
      verdict: String @requires(fields: "estimate")
      best: Review!
    }
    type Review @key(fields: "id") { id: ID! body(short: Boolean): String stars: Int! author: User! product: Product }
    type User @key(fields: "id") { id: ID! reviews: [Review] }
    type Media @key(fields: "id") @interfaceObject { id: ID! likes(since: Int): Int top: Review }
  `,
  people: `${LINK}
    type Query { me: User users: [User!] }
    type User @key(fields: "id") {
      id: ID!
      name: String!
      email: String
      friends: [User]
      reads: Media
    }
    interface Media @key(fields: "id", resolvable: false) { id: ID! }
    type Book implements Media @key(fields: "id", resolvable: false) { id: ID! }
    type Film implements Media @key(fields: "id", resolvable: false) { id: ID! }
    type Product @key(fields: "id") {
      id: ID!
      verdict: String @external
      customs: Int @external
      tax(of: Int = 3): Int! @external
      owner: User @external
      advice: String @requires(fields: "verdict customs")
      duty: String @requires(fields: "tax(of: 1) owner { email }")
    }
    type Depot @key(fields: "id") { id: ID! keeper: User! city: String @external sign: String @requires(fields: "city") }
  `,
};

/** Fields that never fail, since other fields require them. */
const SURE = new Set(['id', 'sku', 'code', 'price', 'attrs', 'weight', 'dims', 'width', 'height', 'estimate', 'tax']);
for (const name of ['customs', 'verdict', 'owner', 'email', 'city', 'id']) SURE.add(name);

/** Fields of an interface object. They belong to the interface, since that subgraph does not know the concrete types. */
const OF_MEDIA = new Set(['likes', 'top']);

/** An object is identified by its type and number: `Product-3`. */
export interface WorldObject {
  __typename: string;
  id: string;
  [field: string]: unknown;
}

/** A deterministic hash. */
function hash(text: string): number {
  let value = 2166136261;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 16777619) >>> 0;
  value ^= value >>> 15;
  value = Math.imul(value, 2246822507) >>> 0;
  return (value ^ (value >>> 13)) >>> 0;
}

/** `Type.field` → its `@requires` selection. */
const REQUIREMENTS = new Map<string, SelectionSetNode>();
for (const sdl of Object.values(WORLD)) {
  for (const definition of parse(sdl).definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    for (const field of definition.fields ?? []) {
      const requires = field.directives?.find(({ name }) => name.value === 'requires')?.arguments?.[0]?.value;
      if (requires?.kind !== Kind.STRING) continue;
      const [operation] = parse(`{ ${requires.value} }`).definitions;
      if (operation?.kind === Kind.OPERATION_DEFINITION)
        REQUIREMENTS.set(`${definition.name.value}.${field.name.value}`, operation.selectionSet);
    }
  }
}

/** Resolves every field, in subgraphs and in the single schema. */
export function resolveField(
  source: WorldObject | undefined,
  args: Record<string, unknown>,
  info: Pick<GraphQLResolveInfo, 'fieldName' | 'parentType' | 'returnType' | 'schema'>,
  isSubgraph: boolean,
): unknown {
  const { fieldName, parentType, returnType, schema } = info;
  const id = source ? identityOf(source) : '';
  if (fieldName === 'id') return id;
  if (fieldName === 'sku') return { __typename: 'Sku', id, code: `sku-${id}` };
  if (fieldName === 'code') return source!.code ?? `sku-${id}`;
  const required = REQUIREMENTS.get(`${parentType.name}.${fieldName}`);
  if (required) {
    const inputs = project(source!, required, parentType.name, schema, isSubgraph);
    return `${fieldName} of ${JSON.stringify(inputs)}`;
  }
  const owner = OF_MEDIA.has(fieldName) ? 'Media' : parentType.name;
  const given = Object.fromEntries(Object.entries(args).sort(([a], [b]) => (a < b ? -1 : 1)));
  const seed = `${owner} ${id} ${fieldName} ${JSON.stringify(given)}`;
  if (!SURE.has(fieldName) && hash(`${seed} fails`) % 23 === 0)
    throw new ApiError('NOT_FOUND', `${owner}.${fieldName} of ${id} was not found.`);
  return valueOf(returnType, seed, schema);
}

function identityOf({ id, sku }: WorldObject): string {
  return id ?? (sku as { code: string }).code.slice('sku-'.length);
}

function valueOf(type: GraphQLOutputType, seed: string, schema: GraphQLSchema): unknown {
  const number = hash(seed);
  if (!isNonNullType(type) && number % 6 === 0) return null;
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    return Array.from({ length: number % 4 }, (_item, index) => valueOf(nullable.ofType, `${seed} ${index}`, schema));
  }
  const named = getNamedType(nullable);
  if (isEnumType(named)) return named.getValues()[number % named.getValues().length]!.name;
  if (isAbstractType(named)) {
    const types = [...MEMBERS[named.name]!];
    return objectOf(types[number % types.length]!, seed);
  }
  if (isObjectType(named)) return objectOf(named.name === 'Media' ? MEMBERS.Media![number % 2]! : named.name, seed);
  if (named.name === 'Boolean') return number % 2 === 0;
  if (named.name === 'Float') return (number % 100) / 4;
  return named.name === 'Int' ? number % 1000 : `${named.name} ${number % 1000}`;
}

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  Media: ['Book', 'Film'],
  Result: ['Product', 'Book', 'User'],
  Featured: ['Product', 'Film'],
};

function objectOf(__typename: string, seed: string): WorldObject {
  return { __typename, id: `${__typename}-${hash(`${seed} id`) % 4}` };
}

/** The required fields: in a subgraph from the representation, in the single schema by resolving them. */
function project(
  source: WorldObject,
  { selections }: SelectionSetNode,
  typeName: string,
  schema: GraphQLSchema,
  isSubgraph: boolean,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const selection of selections) {
    if (selection.kind !== Kind.FIELD) continue;
    const name = selection.name.value;
    const parentType = schema.getType(typeName);
    if (!isObjectType(parentType)) continue;
    const field = parentType.getFields()[name]!;
    const args: Record<string, unknown> = {};
    for (const { name: argument, defaultValue } of field.args)
      if (defaultValue !== undefined) args[argument] = defaultValue;
    for (const { name: argument, value } of selection.arguments ?? []) {
      if (value.kind === Kind.STRING) args[argument.value] = argument.value === 'keys' ? [value.value] : value.value;
      if (value.kind === Kind.INT) args[argument.value] = Number(value.value);
    }
    if (isSubgraph && !(name in source)) throw new Error(`${typeName}.${name} was not passed on.`);
    const value: unknown = isSubgraph
      ? source[name]
      : resolveField(source, args, { fieldName: name, parentType, returnType: field.type, schema }, false);
    const inner = selection.selectionSet;
    result[name] =
      inner && value
        ? project(value as WorldObject, inner, getNamedType(field.type).name, schema, isSubgraph)
        : (value ?? null);
  }
  return result;
}

/** Additional resolvers of a subgraph. */
export function resolversOf(subgraph: string): Record<string, Record<string, unknown>> {
  if (subgraph !== 'catalog') return {};
  const concrete = (reference: { id: string }) => ({ ...reference, __typename: reference.id.split('-')[0]! });
  return { Media: { __resolveReference: concrete } };
}
