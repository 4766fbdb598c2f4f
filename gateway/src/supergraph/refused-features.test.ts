/** Unsupported features are refused when the supergraph loads, and lists require their slicing arguments. */
import { startLocally } from '../testing/local-execution';

const definitions = (override: string) => ({
  a: {
    typeDefs: `type Query { t: T
      many(first: Int, last: Int): [Int] @listSize(slicingArguments: ["first", "last"])
      some(first: Int = 3): [Int] @listSize(slicingArguments: ["first"])
      any(first: Int): [Int] @listSize(slicingArguments: ["first"], requireOneSlicingArgument: false) }
      type T @key(fields: "id") { id: ID! f: Int }`,
    resolvers: { Query: { many: () => [1], some: () => [2], any: () => [3] } },
  },
  b: { typeDefs: `type T @key(fields: "id") { id: ID! f: Int ${override} }`, resolvers: {} },
});

test('@override with a label is refused by name', () => {
  expect(() => startLocally(definitions('@override(from: "a", label: "percent(10)")'))).toThrow(/T\.f .*percent\(10\)/);
  expect(() => startLocally(definitions('@override(from: "a")'))).not.toThrow();
});

describe('@listSize', () => {
  const { ask } = startLocally(definitions('@override(from: "a")'));
  test.each([
    '{ many }',
    '{ many(first: 1, last: 1) }',
    '{ many(first: null) }',
    '{ t { id } ...F } fragment F on Query { many }',
  ])('%s is refused', async (query) => {
    const { data, errors } = await ask(query);
    expect([data, errors?.map(({ extensions }) => extensions?.code)]).toEqual([
      undefined,
      ['GRAPHQL_VALIDATION_FAILED'],
    ]);
  });
  test.each([
    '{ many(first: 1) }',
    '{ many(last: 1) }',
    '{ many(first: 1, last: null) }',
    '{ some }',
    '{ some(first: 1) }',
    '{ any }',
  ])('%s is answered', async (query) => {
    expect((await ask(query)).errors).toBeUndefined();
  });
});
