/** Plans with values from an entity's ancestors (`@fromContext`), and with type conditions in paths. */
import type { FormattedExecutionResult } from 'graphql';
import { createLogger } from '@chat/kit/logging';
import { executeOperation } from '../execution/executor';
import { findTargets, placesOf } from '../execution/targets';
import { Supergraph } from '../supergraph/supergraph';
import { composeLocally } from '../testing/local-subgraphs';
import type { Definition } from '../testing/shop';
import { parsePathElement } from './compiled-plan';
import { OperationPreparer } from './prepare';

describe('@fromContext', () => {
  const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
    import: ["@key", "@context", "@fromContext", "@external", "@shareable"])`;
  const definitions: Record<string, Definition> = {
    shops: {
      typeDefs: `${LINK}
        type Query { shops: [Shop!]! }
        type Shop @key(fields: "id") { id: ID! currency: String! items: [Item!]! }
        type Item @key(fields: "id") { id: ID! }
      `,
      resolvers: {
        Query: {
          shops: () => [
            { id: 's1', currency: 'EUR', items: [{ id: 'i1' }, { id: 'i2' }] },
            { id: 's2', currency: 'USD', items: [{ id: 'i1' }] },
          ],
        },
      },
    },
    prices: {
      typeDefs: `${LINK}
        type Shop @key(fields: "id") @context(name: "shop") { id: ID! currency: String! @external }
        type Item @key(fields: "id") {
          id: ID!
          price(currency: String @fromContext(field: "$shop { currency }")): String
        }
      `,
      resolvers: {
        Item: {
          __resolveReference: (reference: unknown) => reference,
          price: ({ id }: { id: string }, { currency }: { currency?: string }) => `${id} in ${currency}`,
        },
      },
    },
  };

  test('equal entities below different parents get different values', async () => {
    const { sdl, services } = composeLocally(definitions);
    const prepared = new OperationPreparer().prepare(new Supergraph(sdl), {
      query: '{ shops { items { id price } } }',
    });
    if ('errors' in prepared) throw prepared.errors[0];
    const scope = { viewer: null, headers: {}, log: createLogger('test', 'silent') };
    const result: FormattedExecutionResult = await executeOperation(prepared, {}, services, scope);
    expect(result).toEqual({
      data: {
        shops: [
          {
            items: [
              { id: 'i1', price: 'i1 in EUR' },
              { id: 'i2', price: 'i2 in EUR' },
            ],
          },
          { items: [{ id: 'i1', price: 'i1 in USD' }] },
        ],
      },
    });
    const asked = services.get('prices')!.requests.map(({ variables }) => variables!.representations);
    expect(asked).toHaveLength(2);
  });
});

describe('paths with type conditions', () => {
  const data = {
    search: [
      { __typename: 'Book', section: { __typename: 'Shelf', id: 1 } },
      { __typename: 'Film', section: { __typename: 'Shelf', id: 2 } },
      null,
      { __typename: 'Book', section: null },
    ],
    nested: [[{ __typename: 'Book', id: 3 }], [{ __typename: 'Film', id: 4 }]],
  };
  test.each([
    [['search', '@|[Book]', 'section'], [1], [['search', 0, 'section']]],
    [
      ['search', '@|[Book,Film]', 'section'],
      [1, 2],
      [
        ['search', 0, 'section'],
        ['search', 1, 'section'],
      ],
    ],
    [['search', '@', 'section|[Room]'], [], []],
    [['|[Query]', 'search', '@|[Film]', 'section'], [2], [['search', 1, 'section']]],
    [['nested', '@', '@|[Film]'], [4], [['nested', 1, 0]]],
  ])('%j', (path, ids, places) => {
    const steps = path.map(parsePathElement);
    expect(findTargets(data, steps).map(({ id }) => id)).toEqual(ids);
    expect(placesOf(data, steps).map((place) => place.path)).toEqual(places);
  });
});
