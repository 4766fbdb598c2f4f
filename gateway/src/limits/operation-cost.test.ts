/** A list whose size a variable decides: without a value, the list may be endless, and the operation is refused. */
import { StaticSupergraphSource } from '../supergraph/source';
import { composeLocally } from '../testing/local-subgraphs';
import { startShopGateway } from '../testing/shop-gateway';

const LISTS = {
  lists: {
    typeDefs: `
      extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@listSize"])
      type Query { items(first: Int, last: Int): [Item!]! @listSize(slicingArguments: ["first", "last"]) }
      type Item { id: ID! }`,
    resolvers: { Query: { items: () => [{ id: '1' }] } },
  },
};

test('a slicing variable needs a value, even if the list has a default size', async () => {
  const { sdl, services } = composeLocally(LISTS);
  const subgraphs = [...services].map(([name, service]) => ({ name, service }));
  await using shop = await startShopGateway(
    { MAX_COST: '100' },
    { source: new StaticSupergraphSource(sdl), subgraphs },
  );
  const query = 'query ($n: Int) { items(first: $n) { id } }';
  const inside = await shop.ask({ query, variables: { n: 100 }, extensions: { cost: true } });
  expect(inside.body).toMatchObject({ data: { items: [{ id: '1' }] }, extensions: { cost: { requested: 100 } } });
  for (const variables of [undefined, {}, { n: null }, { n: -1 }]) {
    const { body } = await shop.ask({ query, variables });
    expect([variables, body.errors?.[0]!.extensions]).toMatchObject([
      variables,
      { code: 'LIMIT_EXCEEDED', what: 'cost', limit: 100 },
    ]);
  }
  expect(services.get('lists')!.requests).toHaveLength(1);
});
