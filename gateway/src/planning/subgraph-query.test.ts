/** Tests which type names a fetch selects. The comparison with stock @apollo/gateway shows that responses stay the same. */
import { Supergraph } from '../supergraph/supergraph';
import { composeLocally } from '../testing/local-subgraphs';
import { SHOP } from '../testing/shop';
import type { FetchStep, Step } from './compiled-plan';
import { OperationPreparer } from './prepare';

const supergraph = new Supergraph(composeLocally(SHOP).sdl);

function fetchesOf(query: string): FetchStep[] {
  const prepared = new OperationPreparer().prepare(supergraph, { query });
  if ('errors' in prepared) throw prepared.errors[0];
  const flatten = (step: Step | undefined): FetchStep[] => {
    if (!step) return [];
    return step.kind === 'Fetch' ? [step] : step.steps.flatMap(flatten);
  };
  return flatten(prepared.plans.for({}).step);
}

test('a fetch selects no __typename if only one type is possible', () => {
  const [first, second] = fetchesOf('{ latestReviews { author { name } } }');
  expect(first!.query).toContain('latestReviews{author{id}}');
  expect(second!.query).toContain('_entities(representations:$representations){...on Author{name}}');
});

test.each([
  ['an interface, whose objects differ', '{ media { id title } }'],
  ['a union, whose objects differ', '{ search(text: "a") { ... on Author { name } } }'],
  ['an interface that is an object to a subgraph', '{ media { likes } }'],
])('it is asked for below %s', (_what, query) => {
  expect(fetchesOf(query)[0]!.query).toContain('__typename');
});

test('only an entity of leaves is merged key by key', () => {
  const [, author] = fetchesOf('{ latestReviews { author { name } } }');
  const target = { id: 'a1', name: 'before' };
  author!.mergeLeaves!(target, { name: 'after', unasked: 1 }, new Set());
  author!.mergeLeaves!(target, {}, new Set());
  expect(target).toEqual({ id: 'a1', name: 'after' });
  const [, product] = fetchesOf('{ latestReviews { product { dimensions { width } } } }');
  expect(product!.mergeLeaves).toBeUndefined();
});
