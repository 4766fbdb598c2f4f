/** Errors of lost fields: reported once, at the client's paths with list indices. */
import { ApiError } from '@chat/kit/errors';
import { startLocally } from '../testing/local-execution';

const notFound = () => {
  throw new ApiError('NOT_FOUND', 'It is not there.');
};
const reference = { __resolveReference: (given: object) => given };
const local = startLocally({
  a: {
    typeDefs: `type Query { t: T! s: T! ts: [T] lists: [[T]] } type Mutation { send(to: ID!): T! } type T @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: {
        t: () => ({ id: '1' }),
        s: notFound,
        ts: () => [{ id: '1' }, null, { id: '2' }, { id: '1' }],
        lists: () => [[{ id: '1' }], null, [{ id: '2' }]],
      },
      Mutation: { send: (_: unknown, { to }: { to: string }) => (to === 'b' ? notFound() : { id: to }) },
      T: reference,
    },
  },
  b: {
    typeDefs: 'type Query { n: Int i: Int o: T } type T @key(fields: "id") { id: ID! x: Int! y: Int! z: Int bad: Int }',
    resolvers: {
      Query: { n: () => 1, i: () => 2, o: () => ({ id: '3' }) },
      T: {
        __resolveReference: async ({ id }: { id: string }) =>
          id === 'gone' ? null : id === 'fails' ? notFound() : { id },
        x: ({ id }: { id: string }) => (id === '2' ? notFound() : 1),
        y: () => 2,
        z: () => 3,
        bad: ({ id }: { id: string }) => (id === '2' ? notFound() : 4),
      },
    },
  },
});
const { ask, services } = local;
const places = async (query: string, variables?: Record<string, unknown>) => {
  const { data, errors } = await ask(query, variables);
  return { data, errors: errors?.map(({ path, extensions }) => [path, extensions?.code]) };
};
afterEach(() => {
  for (const service of services.values()) service.failure = undefined;
  jest.restoreAllMocks();
});

test.each([
  ['mutation { x: send(to: "a") { id } y: send(to: "b") { id } }', ['y']],
  ['{ t { id } s { id } }', ['s']],
  ['{ s { id } t { id } }', ['s']],
])('%s has the error of its cause and no other', async (query, path) => {
  expect(await places(query)).toEqual({ data: null, errors: [[path, 'NOT_FOUND']] });
});

test('an entity with two lost non-null fields has one error', async () => {
  expect(await places('{ ts { y x } }')).toEqual({
    data: { ts: [{ y: 2, x: 1 }, null, null, { y: 2, x: 1 }] },
    errors: [[['ts', 2, 'x'], 'NOT_FOUND']],
  });
});

test.each([
  ['{ ts { id z } }', ['z'], [[0], [2], [3]]],
  ['{ ts { id of: z bad } }', ['of', 'bad'], [[0], [2], [3]]],
])('%s: a subgraph that is away is told of at each place', async (query, keys, indices) => {
  services.get('b')!.failure = new ApiError('SERVICE_UNAVAILABLE', 'b is away.');
  const { errors } = await places(query);
  expect(errors).toEqual(indices.flatMap((index) => keys.map((key) => [['ts', ...index, key], 'SERVICE_UNAVAILABLE'])));
});

test('root fields and lists of lists', async () => {
  services.get('b')!.failure = new ApiError('SERVICE_UNAVAILABLE', 'b is away.');
  expect(await places('{ one: n i lists { z } }')).toEqual({
    data: { one: null, i: null, lists: [[{ z: null }], null, [{ z: null }]] },
    errors: [
      [['one'], 'SERVICE_UNAVAILABLE'],
      [['i'], 'SERVICE_UNAVAILABLE'],
      [['lists', 0, 0, 'z'], 'SERVICE_UNAVAILABLE'],
      [['lists', 2, 0, 'z'], 'SERVICE_UNAVAILABLE'],
    ],
  });
});

test('entity errors have the list indices of every path', async () => {
  expect((await places('{ ts { bad } lists { bad } }')).errors).toEqual(
    expect.arrayContaining([
      [['ts', 2, 'bad'], 'NOT_FOUND'],
      [['lists', 2, 0, 'bad'], 'NOT_FOUND'],
    ]),
  );
});

test('an unknown entity is null without an error, but a refused one has an error', async () => {
  jest.spyOn(services.get('a')!, 'execute').mockResolvedValue({ data: { ts: [{ id: 'gone' }, { id: 'fails' }] } });
  expect(await places('{ ts { z } }')).toEqual({
    data: { ts: [{ z: null }, { z: null }] },
    errors: [[['ts', 1, 'z'], 'NOT_FOUND']],
  });
});

test.each([
  ['{}', {}],
  ['data null', { data: null }],
  ['a list as data', { data: [1] }],
  ['a text as data', { data: 'i' }],
  ['data without the field', { data: {} }],
  ['null', null],
  ['a list', [1]],
  ['no errors in the list', { data: null, errors: [] }],
  ['errors that are no list', { data: null, errors: 'no' }],
])('an answer that is none (%s) is an error', async (_name, answer) => {
  jest.spyOn(services.get('b')!, 'execute').mockResolvedValue(answer as never);
  expect(await places('{ i }')).toEqual({ data: { i: null }, errors: [[['i'], 'INTERNAL_SERVER_ERROR']] });
});

test.each([
  [{}],
  [{ data: {} }],
  [{ data: { _entities: null } }],
  [{ data: { _entities: [] } }],
  [{ data: { _entities: [{}] } }],
])('so is one about entities: %j', async (answer) => {
  jest.spyOn(services.get('b')!, 'execute').mockResolvedValue(answer);
  expect(await places('{ t { z } }')).toEqual({
    data: { t: { z: null } },
    errors: [[['t', 'z'], 'INTERNAL_SERVER_ERROR']],
  });
});

test('a null from the subgraph is not a loss', async () => {
  jest.spyOn(services.get('b')!, 'execute').mockResolvedValue({ data: { i: null } });
  expect(await ask('{ i }')).toEqual({ data: { i: null } });
});

test('fields that require a lost field are lost for the same reason', async () => {
  const { ask: askChained, services: chained } = startLocally({
    a: {
      typeDefs: `type Query { ts: [T] } type T @key(fields: "id") { id: ID! c: Int @external b: Int @requires(fields: "c") }`,
      resolvers: { Query: { ts: () => [{ id: '1' }] }, T: reference },
    },
    x: { typeDefs: 'type T @key(fields: "id") { id: ID! c: Int }', resolvers: { T: reference } },
  });
  chained.get('x')!.failure = new ApiError('TIMEOUT', 'x did not answer in time.');
  const { data, errors } = await askChained('{ ts { b } }');
  expect(data).toEqual({ ts: [{ b: null }] });
  expect(errors).toMatchObject([{ path: ['ts', 0, 'b'], extensions: { code: 'TIMEOUT' } }]);
});
