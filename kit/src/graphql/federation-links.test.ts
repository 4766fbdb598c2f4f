/** The head of a subgraph's SDL: versions and imports follow from the directives in use, and composition accepts the result. */
import { composeServices } from '@apollo/composition';
import { parse, print, stripIgnoredCharacters } from 'graphql';
import { products } from '../testing/products-subgraph';
import { printSubgraphSdl } from './build-schema';
import { SCHEMA_EXTENSION } from './live-directives';
import { subgraphDocument } from './subgraph-document';

const headOf = (sdl: string) => stripIgnoredCharacters(print(subgraphDocument(sdl).definitions[0]!));
const federation = (version: string, ...names: string[]) =>
  `@link(url:"https://specs.apollo.dev/federation/v${version}" import:[${names.map((name) => `"${name}"`).join(' ')}])`;

test.each([
  ['type Query { a: Int @shareable }', '2.3', ['@shareable']],
  ['type Query { a: Int @requires(fields: "b") b: Int @external }', '2.3', ['@external', '@requires']],
  ['type A @interfaceObject @key(fields: "id") { id: ID! } type Query { a: A }', '2.3', ['@interfaceObject', '@key']],
  ['type Query { a: Int @override(from: "b") }', '2.3', ['@override']],
  ['type Query { a: Int @override(from: "b", label: "percent(5)") }', '2.7', ['@override']],
  ['type Query { a: Int @authenticated @policy(policies: [["p"]]) }', '2.6', ['@authenticated', '@policy']],
  ['type Query { a: Int @cost(weight: 2) }', '2.9', ['@cost']],
])('%s links the lowest version that has its directives', (sdl, version, names) => {
  expect(headOf(sdl)).toContain(federation(version, ...names));
});

test('a namespaced directive needs no import, and its version counts', () => {
  expect(headOf('type Query { a: Int @federation__cost(weight: 2) }')).toBe(
    'extend schema@link(url:"https://specs.apollo.dev/federation/v2.9")',
  );
});

test('live directives that nothing uses are neither linked nor defined, and neither are their types', () => {
  const unused = print(subgraphDocument('type Query { a: Int }'));
  expect(unused).not.toMatch(/chat-system|composeDirective|directive @|CacheControlScope/);
  const used = print(subgraphDocument('type Query { a: Int @cacheControl(maxAge: 5) b: Int @viewerDependent }'));
  expect(used).toContain('enum CacheControlScope');
  expect(stripIgnoredCharacters(used)).toContain(
    '@link(url:"https://chat-system.dev/live/v1.0" import:["@viewerDependent" "@cacheControl"])',
  );
  expect(used).not.toContain('@resumable');
});

test("a subgraph's own directives are linked, composed and defined", () => {
  const sdl = stripIgnoredCharacters(printSubgraphSdl(products));
  expect(sdl).toContain('@link(url:"https://myspecs.dev/myCustomDirective/v1.0" import:["@custom"])');
  expect(sdl).toContain('@composeDirective(name:"@custom")');
  expect(sdl).toContain('directive@custom on OBJECT');
  expect(sdl).toContain('type Product@custom@key');
  const { supergraphSdl, errors } = composeServices([
    { name: 'products', typeDefs: parse(printSubgraphSdl(products)) },
    {
      name: 'users',
      typeDefs: parse(
        `${SCHEMA_EXTENSION} type User @key(fields: "email") { email: ID! name: String totalProductsCreated: Int @shareable yearsOfEmployment: Int! }`,
      ),
    },
    {
      name: 'inventory',
      typeDefs: parse(
        `${SCHEMA_EXTENSION} interface Inventory @key(fields: "id") { id: ID! } type Shelf implements Inventory @key(fields: "id") { id: ID! } type Query { inventory: Inventory }`,
      ),
    },
  ]);
  expect(errors?.map(String)).toBeUndefined();
  expect(supergraphSdl).toMatch(/type Product\n( {2}@.*\n)* {2}@custom\n/);
});

test('every root type has a description', () => {
  const sdl = print(subgraphDocument('type Query { a: Int } type Mutation { a: Int } type Subscription { a: Int }'));
  for (const name of ['Query', 'Mutation', 'Subscription']) expect(sdl).toMatch(new RegExp(`"""\\ntype ${name} `));
});
