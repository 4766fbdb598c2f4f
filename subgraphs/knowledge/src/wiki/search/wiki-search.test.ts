/** The wiki's search through the GraphQL API. */
// cspell:words Verspätungen zuegen verspaetung Kuddelmuddel Kuddlemuddel
import { walkBothWays } from '@chat/kit/testing/pages';
import { startTestKnowledge, type KnowledgePerson, type TestKnowledge } from '../../testing/test-knowledge';

let knowledge: TestKnowledge;
let ada: KnowledgePerson;
beforeAll(async () => {
  knowledge = await startTestKnowledge();
  ada = knowledge.person();
  await ada.writes({ title: 'Engines', body: 'Nothing here.', slug: 'title' });
  await ada.writes({ title: 'Other', body: '# Engines\n\nNothing.', slug: 'heading' });
  await ada.writes({ title: 'Third', body: 'The engine <b>runs</b>.', slug: 'body', categoryPath: 'A/B', tags: ['t'] });
  await ada.writes({
    title: 'Verspätungen der Züge',
    body: 'Kuddelmuddel am Bahnhof.',
    slug: 'zug',
    categoryPath: 'A',
  });
});
afterAll(() => knowledge[Symbol.asyncDispose]());

test('title counts more than headings, and headings more than the body', async () => {
  expect(await ada.finds('engine')).toEqual(['title', 'heading', 'body']);
});

test.each(['Zug', 'zuegen', 'verspaetung', 'bahnhof kuddelmuddel', 'Kuddlemuddel'])('finds German %s', async (query) =>
  expect(await ada.finds(query)).toEqual(['zug']),
);

test('filters by category with those below, and by tags; facets count matches', async () => {
  const categories = (await ada.does('{ wikiCategories { id path } }')).wikiCategories as {
    id: string;
    path: string;
  }[];
  const idOf = (path: string) => categories.find((category) => category.path === path)!.id;
  expect(await ada.finds('engine', { category: idOf('A') })).toEqual(['body']);
  expect(await ada.finds('engine', { tags: ['t'] })).toEqual(['body']);
  expect(await ada.finds('engine', { tags: ['u'] })).toEqual([]);
  const { searchWiki } = await ada.does(`{ searchWiki(query: "engine") {
    categories { category { path } count } tags { tag count } correctedQuery edges { node { snippet } } } }`);
  expect(searchWiki).toMatchObject({
    categories: [{ category: { path: 'A/B' }, count: 1 }],
    tags: [{ tag: 't', count: 1 }],
    correctedQuery: null,
  });
  expect(searchWiki.edges[2].node.snippet).toBe('The <mark>engine</mark> &lt;b&gt;runs&lt;/b&gt;.');
});

test('pages through the results both ways', async () => {
  const page = async (args: object) =>
    (
      await ada.does(
        `query ($first: Int, $after: String, $last: Int, $before: String) {
          searchWiki(query: "engine", first: $first, after: $after, last: $last, before: $before) {
            edges { cursor node { page { slug } } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
        { ...args },
      )
    ).searchWiki;
  const { forward, backward } = await walkBothWays<{ page: { slug: string } }>(page, 2);
  expect(forward.map((node) => node.page.slug)).toEqual(['title', 'heading', 'body']);
  expect(backward).toEqual(forward);
});
