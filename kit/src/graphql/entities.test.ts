/** Entities that other subgraphs refer to: in order, each with its own error, and by type. */
import type { GraphQLResolveInfo } from 'graphql';
import type { SubgraphContext } from './context';
import { entitiesResolver, type EntityResolver } from './entities';

const info = {} as GraphQLResolveInfo;
const context = {} as SubgraphContext;

const resolvers = new Map<string, EntityResolver>([
  ['Now', (reference) => ({ ...reference, is: 'now' })],
  ['Later', (reference) => Promise.resolve({ ...reference, is: 'later' })],
  ['Nothing', () => Promise.resolve(null)],
  ['Broken', () => Promise.reject(new Error('broken'))],
  [
    'Thrown',
    () => {
      throw new Error('thrown');
    },
  ],
]);

const load = (...types: string[]) =>
  entitiesResolver(resolvers, () => 'otherwise')(
    undefined,
    { representations: types.map((__typename, id) => ({ __typename, id })) },
    context,
    info,
  ) as Promise<unknown>;

test('entities come in the order of their references, with the names of their types', async () => {
  expect(await load('Later', 'Now', 'Nothing', 'Later')).toEqual([
    { __typename: 'Later', id: 0, is: 'later' },
    { __typename: 'Now', id: 1, is: 'now' },
    null,
    { __typename: 'Later', id: 3, is: 'later' },
  ]);
});

test('an error is that of its entity alone', async () => {
  const [broken, now, thrown] = (await load('Broken', 'Now', 'Thrown')) as unknown[];
  expect(now).toMatchObject({ is: 'now' });
  expect([broken, thrown]).toEqual([new Error('broken'), new Error('thrown')]);
});

test('references to other types are left to the federation library', async () => {
  expect(await load('Now', 'Unknown')).toBe('otherwise');
});
