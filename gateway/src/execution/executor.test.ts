/** Whole operations over the shop: plans of every kind, nulls, errors and error paths. */
import type { FormattedExecutionResult } from 'graphql';
import { createLogger } from '@chat/kit/logging';
import { coerceVariables } from '../planning/coerce-variables';
import { OperationPreparer } from '../planning/prepare';
import { Supergraph } from '../supergraph/supergraph';
import { composeLocally } from '../testing/local-subgraphs';
import { SHOP } from '../testing/shop';
import { executeOperation } from './executor';
import { mergeInto } from './merge';

const { sdl, services } = composeLocally(SHOP);
const supergraph = new Supergraph(sdl);
const preparer = new OperationPreparer();
const log = createLogger('test', 'silent');

async function run(query: string, given: Record<string, unknown> = {}): Promise<FormattedExecutionResult> {
  const prepared = preparer.prepare(supergraph, { query });
  if ('errors' in prepared) throw prepared.errors[0];
  const coerced = coerceVariables(prepared, given);
  if ('errors' in coerced) throw coerced.errors[0];
  const scope = { viewer: null, headers: { 'x-correlation-id': 'c1' }, log };
  return executeOperation(prepared, coerced.variables, services, scope);
}

beforeEach(() => {
  for (const service of services.values()) {
    service.requests.length = 0;
    service.failure = undefined;
  }
});

test('joins entities of other subgraphs and fetches each distinct one once', async () => {
  const result = await run('{ latestReviews(first: 8) { id author { name } } }');
  expect(result.errors).toBeDefined(); // a3 has no name
  expect(services.get('people')!.requests).toHaveLength(1);
  expect(services.get('people')!.requests[0]!.variables!.representations).toHaveLength(3);
});

test('follows @requires, with nested fields and nulls', async () => {
  const result = await run('{ products(first: 5) { id estimate volume } }');
  expect(result).toEqual({
    data: {
      products: [
        { id: 'p1', estimate: 5, volume: 20 },
        { id: 'p2', estimate: 20, volume: 40 },
        { id: 'p3', estimate: 75, volume: 60 },
        { id: 'p4', estimate: 140, volume: 80 },
        { id: 'p5', estimate: 225, volume: null },
      ],
    },
  });
});

test('resolves interface objects both ways', async () => {
  const result = await run(
    '{ media { __typename id likes ... on Book { pages } } bestMedia { __typename title likes } }',
  );
  expect(result).toEqual({
    data: {
      media: [
        { __typename: 'Book', id: 'm1', likes: 10, pages: 100 },
        { __typename: 'Film', id: 'm2', likes: 20 },
        { __typename: 'Book', id: 'm3', likes: 30, pages: 7 },
      ],
      bestMedia: { __typename: 'Film', title: 'A Film', likes: 20 },
    },
  });
});

test('maps entity errors to the client’s paths, for every path of a shared entity', async () => {
  const result = await run('{ latestReviews(first: 5) { author { email } } }');
  expect(result.errors?.map(({ path, extensions }) => [path, extensions?.code])).toEqual([
    [['latestReviews', 1, 'author', 'email'], 'FORBIDDEN'],
    [['latestReviews', 4, 'author', 'email'], 'FORBIDDEN'],
  ]);
});

test('a missing non-null value nulls the nearest nullable parent', async () => {
  const result = await run('{ products(first: 5) { id } product(id: "p4") { id warehouse { city } } }');
  expect(result.data).toEqual({ products: expect.any(Array) as unknown, product: null });
  expect(result.errors?.[0]?.path?.slice(0, 1)).toEqual(['product']);
});

test('one error explains a null that propagates to a nullable parent', async () => {
  const error = { message: 'No such page.', path: ['products', 0, 'name'], extensions: { code: 'BAD_USER_INPUT' } };
  jest.spyOn(services.get('catalog')!, 'execute').mockResolvedValueOnce({ data: null, errors: [error] } as never);
  expect(await run('{ products(first: 1) { name } }')).toEqual({ data: null, errors: [error] });
});

test('masks internal errors', async () => {
  const result = await run('{ failing refused }');
  expect(result).toEqual({
    data: { failing: null, refused: null },
    errors: [
      {
        message: expect.not.stringContaining('secret') as unknown,
        path: ['failing'],
        extensions: { code: 'INTERNAL_SERVER_ERROR', correlationId: 'c1' },
      },
      { message: 'Not for you.', path: ['refused'], extensions: { code: 'FORBIDDEN', hint: 'ask' } },
    ],
  });
});

test('removes debugging extensions of subgraph errors', async () => {
  const extensions = { code: 'CONFLICT', hint: 'ask', stacktrace: ['at secret.js:1'], exception: { stacktrace: [] } };
  const answer = { data: { me: null }, errors: [{ message: 'Taken.', extensions }] };
  const execute = jest.spyOn(services.get('people')!, 'execute').mockResolvedValueOnce(answer as never);
  const result = await run('{ me { name } }');
  expect(result.errors).toEqual([{ message: 'Taken.', extensions: { code: 'CONFLICT', hint: 'ask' } }]);
  execute.mockRestore();
});

test.each(['Query', 'Product', '__Schema', 'String', 'Nothing', 'constructor'])(
  'an object that a subgraph calls %s where no such type can be is none',
  async (__typename) => {
    const answer = { data: { me: { __typename, name: 'A' } } };
    const execute = jest.spyOn(services.get('people')!, 'execute').mockResolvedValueOnce(answer);
    const result = await run('{ me { name } }');
    expect(result).toMatchObject({ data: { me: null }, errors: [{ path: ['me'] }] });
    execute.mockRestore();
  },
);

test('returns the fields of other subgraphs if one subgraph is down', async () => {
  services.get('reviews')!.failure = new Error('connection refused');
  const result = await run('{ products(first: 1) { name rating } }');
  expect(result.data).toEqual({ products: [{ name: 'Product p1', rating: null }] });
  expect(result.errors).toHaveLength(1);
});

test('answers introspection next to data, through fragments and with __typename at the root', async () => {
  const result = await run(
    '{ ...F __typename } fragment F on Query { __schema { queryType { name } } m: me { name } }',
  );
  expect(result).toEqual({
    data: { __schema: { queryType: { name: 'Query' } }, m: { name: 'Author a1' }, __typename: 'Query' },
  });
});

test.each([true, false])('@skip and @include by variable: %s', async (on) => {
  const query = `query ($on: Boolean!) {
    product(id: "p1") { id name @skip(if: $on) reviews(first: 1) @include(if: $on) { id } }
    me @include(if: $on) { name }
  }`;
  const result = await run(query, { on });
  expect(result).toEqual({
    data: on
      ? { product: { id: 'p1', reviews: [{ id: 'r1' }] }, me: { name: 'Author a1' } }
      : { product: { id: 'p1', name: 'Product p1' } },
  });
});

test('merges aliases and fragments in the order of the operation', async () => {
  const result = await run(`{
    b: product(id: "p2") { ...P x: name }
    a: product(id: "p1") { x: name ...P reviews(first: 1) { stars } }
    toString
  } fragment P on Product { reviews(first: 1) { id } status }`);
  expect(JSON.stringify(result)).toBe(
    JSON.stringify({
      data: {
        b: { reviews: [{ id: 'r2' }], status: 'SOLD_OUT', x: 'Product p2' },
        a: { x: 'Product p1', reviews: [{ id: 'r1', stars: 1 }], status: 'ON_SALE' },
        toString: 'a field of this name',
      },
    }),
  );
});

test('response names that objects inherit are ordinary names and reach no prototype', async () => {
  const inherited = ['constructor', 'toString', 'valueOf', 'hasOwnProperty', 'isPrototypeOf'];
  const alias = (name: string) => `${name}: product(id: "p1") { stolen: name reviews(first: 1) { stolen: id } }`;
  const result = await run(`{ ${inherited.map(alias).join(' ')} }`);
  const product = { stolen: 'Product p1', reviews: [{ stolen: 'r1' }] };
  expect(result).toEqual({ data: Object.fromEntries(inherited.map((name) => [name, product])) });
  for (const name of inherited) expect(Reflect.get({}, name)).not.toHaveProperty('stolen');
});

test('an alias with the name of a key or required field is neither confused with it nor lost', async () => {
  const result = await run(`{
    products(first: 2) { id: name price: status __typename: price weight: id estimate reviews(first: 1) { id: stars } }
    media { __typename: title id: __typename ... on Book { title: pages } likes }
    broken: products(first: 3) { id: rating name }
  }`);
  expect(result.data).toEqual({
    products: [
      { id: 'Product p1', price: 'ON_SALE', __typename: 10, weight: 'p1', estimate: 5, reviews: [{ id: 1 }] },
      { id: 'Product p2', price: 'SOLD_OUT', __typename: 20, weight: 'p2', estimate: 20, reviews: [{ id: 2 }] },
    ],
    media: [
      { __typename: 'A Book', id: 'Book', title: 100, likes: 10 },
      { __typename: 'A Film', id: 'Film', likes: 20 },
      { __typename: 'Another Book', id: 'Book', title: 7, likes: 30 },
    ],
    broken: [
      { id: 2.5, name: 'Product p1' },
      { id: 2.5, name: 'Product p2' },
      { id: null, name: 'Product p3' },
    ],
  });
  expect(result.errors?.map(({ path }) => path)).toEqual([['broken', 2, 'id']]);
});

test('a subgraph’s "__proto__" is ignored', async () => {
  const polluted = JSON.parse('{ "me": { "name": "A", "__proto__": { "stolen": 1 } } }') as Record<string, unknown>;
  const execute = jest.spyOn(services.get('people')!, 'execute').mockResolvedValue({ data: polluted });
  const into = { me: {} };
  mergeInto(into, structuredClone(polluted));
  expect(into).toEqual({ me: { name: 'A' } });
  expect(await run('{ me { name } }')).toEqual({ data: { me: { name: 'A' } } });
  expect({}).not.toHaveProperty('stolen');
  execute.mockRestore();
});

test('prepared operations are cached within the limit', () => {
  const own = new OperationPreparer();
  const prepare = (query: string) => own.prepare(supergraph, { query });
  const first = prepare('{ me { name } }');
  expect(prepare('{ me { name } }')).toBe(first);
  for (let number = 0; number < 40; number++) prepare(`{ me { id } } # ${String(number).padEnd(30_000)}`);
  expect(prepare('{ me { name } }')).not.toBe(first);
});

test('lists of lists, unions and nulls among them', async () => {
  const result = await run(`{
    shelves { rating name }
    search(text: "x") { __typename ... on Product { rating } ... on Book { author { name } } ... on Author { name } }
  }`);
  expect(result).toEqual({
    data: {
      shelves: [
        [
          { rating: 2.5, name: 'Product p1' },
          { rating: 2.5, name: 'Product p2' },
        ],
        null,
        [{ rating: 2.5, name: 'Product p1' }],
        [],
      ],
      search: [
        { __typename: 'Product', rating: 2.5 },
        null,
        { __typename: 'Book', author: { name: 'Author a1' } },
        { __typename: 'Author', name: 'Author a1' },
      ],
    },
  });
});

test('mutations run one after the other, and their results are completed', async () => {
  const result = await run(
    'mutation { rename(id: "p1", name: "New") { name rating } review(productId: "p2", body: "b") { product { name } } count }',
  );
  expect(result).toEqual({
    data: { rename: { name: 'New', rating: 2.5 }, review: { product: { name: 'Product p2' } }, count: 5 },
  });
});

test('variables reach the subgraphs coerced, with defaults', async () => {
  const query =
    'query ($input: EchoInput, $list: [Int!], $when: Status = SOLD_OUT) { echo(input: $input, list: $list, when: $when) }';
  const result = await run(query, { input: { nested: {} }, list: 1 });
  expect(JSON.parse(result.data!.echo as string)).toEqual({
    input: { text: 'none', times: 1, nested: { text: 'none', times: 1 } },
    list: [1],
    when: 'SOLD_OUT',
  });
});
