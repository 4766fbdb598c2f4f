/** Batched entity fetches: each gets the response that it would have got alone. */
import { GraphQLError, type ExecutionResult } from 'graphql';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { GraphQLRequest, GraphQLService } from '@chat/kit/graphql/service';
import { EntityBatches } from './entity-batches';

const QUERY =
  'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on A { name } } }';

type Representation = { __typename: string; id: string };
type Answer = (request: GraphQLRequest) => ExecutionResult;

const names: Answer = ({ variables }) => ({
  data: { _entities: (variables!.representations as Representation[]).map(({ id }) => ({ name: `The ${id}` })) },
});

function setUp(answer: Answer = names) {
  const requests: { ids: string[]; as?: string }[] = [];
  const execute: GraphQLService['execute'] = async (request, { headers }) => {
    requests.push({
      ids: (request.variables!.representations as Representation[]).map(({ id }) => id),
      as: headers.as,
    });
    return answer(request);
  };
  const service = { execute } as GraphQLService;
  const batches = new EntityBatches(() => new Map([['authors', service]]));
  const ask = (ids: string[], { sharer = '', as = 'ada', query = QUERY, variables = {} } = {}) =>
    batches
      .for(() => sharer)
      .get('authors')!
      .execute(
        { query, variables: { ...variables, representations: ids.map((id) => ({ __typename: 'A', id })) } },
        { headers: { as } },
      );
  return { ask, requests };
}

test('fetches of one event-loop turn become one request with deduplicated entities', async () => {
  const { ask, requests } = setUp();
  const results = await Promise.all([ask(['1', '2']), ask(['2', '3'], { as: 'bob' }), ask(['1'])]);
  expect(requests).toEqual([{ ids: ['1', '2', '3'], as: 'ada' }]);
  expect(results).toEqual(
    [['1', '2'], ['2', '3'], ['1']].map((ids) => ({ data: { _entities: ids.map((id) => ({ name: `The ${id}` })) } })),
  );
  const [first, , last] = results.map(({ data }) => data!._entities as object[]);
  expect(first![0]).not.toBe(last![0]);
});

test('a request in flight takes no more fetches', async () => {
  const { ask, requests } = setUp();
  const first = ask(['1']);
  await nextTurn();
  await Promise.all([first, ask(['1'])]);
  expect(requests).toHaveLength(2);
});

test('fetches with other queries, variables or sharing keys are separate requests', async () => {
  const { ask, requests } = setUp();
  const results = await Promise.all([
    ask(['1']),
    ask(['1'], { query: `${QUERY} ` }),
    ask(['1'], { variables: { first: 1 } }),
    ask(['1'], { sharer: 'bob', as: 'bob' }),
  ]);
  expect(requests.map(({ as }) => as)).toEqual(['ada', 'ada', 'ada', 'bob']);
  expect(new Set(results.map((result) => JSON.stringify(result))).size).toBe(1);
});

test('the size of a request is limited', async () => {
  const { ask, requests } = setUp();
  const ids = Array.from({ length: 500 }, (_, index) => String(index));
  await Promise.all([ask(ids), ask(['1']), ask(['2'])]);
  expect(requests.map((request) => request.ids.length)).toEqual([500, 2]);
});

test.each([
  ['an error in this process', (path: (string | number)[]) => new GraphQLError('No such author.', { path })],
  ['an error that came over HTTP', (path: (string | number)[]) => ({ message: 'No such author.', path })],
])('%s reaches those who have asked for the entity, at its place', async (_what, error) => {
  const { ask } = setUp((request) => {
    const { data } = names(request);
    (data!._entities as unknown[])[1] = null;
    return { data, errors: [error(['_entities', 1, 'name']) as GraphQLError] };
  });
  const [both, second, third] = await Promise.all([ask(['1', '2']), ask(['2']), ask(['3'])]);
  const told = (index: number) => [
    expect.objectContaining({ message: 'No such author.', path: ['_entities', index, 'name'] }),
  ];
  expect(both).toEqual({ data: { _entities: [{ name: 'The 1' }, null] }, errors: told(1) });
  expect(second).toEqual({ data: { _entities: [null] }, errors: told(0) });
  expect(third).toEqual({ data: { _entities: [{ name: 'The 3' }] } });
});

test('an error without a path, a short response and an unavailable subgraph reach every fetch', async () => {
  const refused = setUp(() => ({ data: null, errors: [new GraphQLError('No.')] }));
  for (const result of await Promise.all([refused.ask(['1']), refused.ask(['2'])]))
    expect(result).toMatchObject({ data: null, errors: [{ message: 'No.' }] });
  const short = setUp(() => ({ data: { _entities: [{ name: 'The 1' }] } }));
  expect(await Promise.all([short.ask(['1']), short.ask(['2'])])).toEqual([
    { data: { _entities: [{ name: 'The 1' }] } },
    { data: { _entities: [] } },
  ]);
  const away = setUp(() => {
    throw new Error('away');
  });
  const outcomes = await Promise.allSettled([away.ask(['1']), away.ask(['2'])]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
