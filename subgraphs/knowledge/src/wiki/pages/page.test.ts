/** Pages through the GraphQL API: allowed and refused operations in one set-up. */
// cspell:words Einrichtung
import { newId } from '@chat/kit/ids';
import {
  startTestKnowledge,
  UPDATE_PAGE,
  type KnowledgePerson,
  type TestKnowledge,
} from '../../testing/test-knowledge';

let knowledge: TestKnowledge;
let ada: KnowledgePerson;
let bob: KnowledgePerson;
let admin: KnowledgePerson;
let guest: KnowledgePerson;
beforeAll(async () => {
  knowledge = await startTestKnowledge();
  [ada, bob, admin, guest] = [
    knowledge.person(),
    knowledge.person(),
    knowledge.person('ADMIN'),
    knowledge.person('GUEST'),
  ];
});
afterAll(() => knowledge[Symbol.asyncDispose]());

const PAGE = `query ($slug: String!, $locale: String) { wikiPage(slug: $slug, locale: $locale) {
  id slug title body bodyHtml locale version category { id name path } tags backlinks { id slug title }
  revisions(first: 20) { edges { node { version title author { id } summary } } } } }`;
const ROLLBACK =
  'mutation ($id: ID!, $version: Int!) { rollbackWikiPage(id: $id, version: $version) { id version body } }';
const DELETE = 'mutation ($id: ID!) { deleteWikiPage(id: $id) }';
const RESTRICT = 'mutation ($id: ID!) { restrictWikiPage(id: $id, isRestricted: true) { isRestricted } }';
const CHANGED = 'subscription ($id: ID!) { wikiPageChanged(id: $id) { id version updatedBy { id } } }';
const read = async (person: KnowledgePerson, slug: string, locale?: string) =>
  (await person.does(PAGE, { slug, locale })).wikiPage;

test('a page has a path, a category, tags, safe HTML and revisions', async () => {
  const { id, slug, version } = await ada.writes({
    title: 'Release Notes',
    body: '# Hello\n\n<script>alert(1)</script> [x](javascript:alert(1))',
    categoryPath: 'Engineering/Backend',
    tags: ['release', 'release', ' notes '],
  });
  expect({ slug, version }).toEqual({ slug: 'release-notes', version: 1 });
  const page = await read(bob, 'release-notes');
  expect(page).toMatchObject({
    ...{ id, locale: 'en', category: { name: 'Backend', path: 'Engineering/Backend' }, tags: ['release', 'notes'] },
    revisions: { edges: [{ node: { version: 1, author: { id: ada.id } } }] },
  });
  expect(page.bodyHtml).toContain('<h1>Hello</h1>');
  expect(page.bodyHtml).not.toMatch(/<script|href="javascript/);
});

test('two pages of one title get two paths; an explicit path that is taken is a conflict', async () => {
  const written = await Promise.all([1, 2, 3].map(() => ada.writes({ title: 'Twice', body: 'x' })));
  expect(written.map(({ slug }) => slug).sort()).toEqual(['twice', 'twice-2', 'twice-3']);
  const CREATE = 'mutation ($input: CreatePageInput!) { createWikiPage(input: $input) { id } }';
  expect(await bob.isRefused(CREATE, { input: { title: 'T', body: '', slug: 'twice', locale: 'en' } })).toMatchObject({
    code: 'CONFLICT',
  });
  expect(await guest.isRefused(CREATE, { input: { title: 'T', body: '' } })).toMatchObject({ code: 'FORBIDDEN' });
});

test('locales of one page share its path', async () => {
  await ada.writes({ title: 'Setup', body: 'x', slug: 'guides/setup', locale: 'en' });
  await ada.writes({ title: 'Einrichtung', body: 'x', slug: 'guides/setup', locale: 'de' });
  expect((await read(bob, 'guides/setup', 'de-AT')).title).toBe('Einrichtung');
  expect((await read(bob, 'guides/setup', 'en')).title).toBe('Setup');
  expect(await bob.isRefused(PAGE, { slug: 'guides/setup', locale: 'fr' })).toMatchObject({ code: 'NOT_FOUND' });
});

test('a stale base merges changes of other lines and refuses those of the same lines', async () => {
  const { id } = await ada.writes({ title: 'Merge', body: 'one\ntwo\nthree\nfour\nfive\n' });
  await ada.changes({ id, baseVersion: 1, body: 'ONE\ntwo\nthree\nfour\nfive\n' });
  const merged = await bob.changes({ id, baseVersion: 1, body: 'one\ntwo\nthree\nfour\nFIVE\n' });
  expect(merged).toMatchObject({ version: 3, body: 'ONE\ntwo\nthree\nfour\nFIVE\n' });
  const refusal = await bob.isRefused(UPDATE_PAGE, {
    input: { id, baseVersion: 1, body: 'uno\ntwo\nthree\nfour\nfive\n' },
  });
  expect(refusal).toMatchObject({ code: 'CONFLICT', currentVersion: 3 });
  expect(await bob.isRefused(UPDATE_PAGE, { input: { id, baseVersion: 9, body: 'x' } })).toMatchObject({
    code: 'BAD_USER_INPUT',
  });
});

test('of many writers with one base, all changes are in a revision or refused', async () => {
  const { id, slug } = await ada.writes({ title: 'Race', body: 'start' });
  const answers = await Promise.all(
    ['a', 'b', 'c', 'd'].map((body) => bob.asks(UPDATE_PAGE, { input: { id, baseVersion: 1, body } })),
  );
  expect(answers.filter(({ errors }) => !errors)).toHaveLength(1);
  expect((await read(ada, slug)).version).toBe(2);
});

test('a rollback is a new revision, also two at once', async () => {
  const { id, slug } = await ada.writes({ title: 'Back', body: 'first' });
  await bob.changes({ id, baseVersion: 1, body: 'second' });
  const versions = await Promise.all([1, 1].map(() => ada.does(ROLLBACK, { id, version: 1 })));
  expect(versions.map(({ rollbackWikiPage }) => rollbackWikiPage.version).sort()).toEqual([3, 4]);
  expect(await read(bob, slug)).toMatchObject({ body: 'first', version: 4 });
  expect(await ada.isRefused(ROLLBACK, { id, version: 7 })).toMatchObject({ code: 'BAD_USER_INPUT' });
});

test('the diff is unified and by words', async () => {
  const { id } = await ada.writes({ title: 'Diff', body: 'a quick fox' });
  await ada.changes({ id, baseVersion: 1, body: 'a slow fox' });
  const { wikiDiff } = await bob.does(
    'query ($id: ID!) { wikiDiff(id: $id, from: 1, to: 2) { unified words { text isAdded isRemoved } } }',
    { id },
  );
  expect(wikiDiff.unified).toContain('-a quick fox\n+a slow fox');
  expect(wikiDiff.words).toContainEqual({ text: 'slow', isAdded: true, isRemoved: false });
});

test('links lead to pages by earlier paths too; missing pages are wanted', async () => {
  const { id } = await ada.writes({ title: 'Target', body: 'x', slug: 'old/target' });
  const { id: from } = await ada.writes({
    title: 'Source',
    body: '[[old/target|here]] and [there](/wiki/nowhere-yet)',
  });
  await ada.changes({ id, baseVersion: 1, slug: 'new/target' });
  const page = await read(bob, 'new/target');
  expect(page.backlinks).toEqual([{ id: from, slug: 'source', title: 'Source' }]);
  expect((await read(bob, 'old/target')).id).toBe(id);
  const { wantedWikiPages } = await bob.does('{ wantedWikiPages { slug linkCount } }');
  expect(wantedWikiPages).toContainEqual({ slug: 'nowhere-yet', linkCount: 1 });
});

test('a restricted page exists for its creator and administrators only, in every list', async () => {
  const { id, slug } = await ada.writes({
    ...{ title: 'Axolotl secrets', body: 'zyzzyva [[old/target]]', categoryPath: 'Secret', tags: ['hidden'] },
  });
  expect(await bob.isRefused(RESTRICT, { id })).toMatchObject({ code: 'FORBIDDEN' });
  await ada.does(RESTRICT, { id });
  expect((await read(ada, slug)).id).toBe(id);
  expect((await read(admin, slug)).id).toBe(id);
  for (const person of [bob, guest]) {
    expect(await person.isRefused(PAGE, { slug })).toEqual({ code: 'NOT_FOUND' });
    expect(await person.isRefused(UPDATE_PAGE, { input: { id, baseVersion: 1, body: '' } })).toEqual({
      code: 'NOT_FOUND',
    });
    expect(await person.isRefused(ROLLBACK, { id, version: 1 })).toEqual({ code: 'NOT_FOUND' });
    expect(await person.isRefused(DELETE, { id })).toEqual({ code: 'NOT_FOUND' });
    expect(await person.mayFollow(CHANGED, { id })).toBe(false);
    expect(await person.finds('zyzzyva')).toEqual([]);
  }
  expect(await ada.finds('zyzzyva')).toEqual([slug]);
  expect((await read(bob, 'new/target')).backlinks.map((page: { id: string }) => page.id)).not.toContain(id);
  const { wikiCategories } = await bob.does('{ wikiCategories { path pageCount } }');
  expect(wikiCategories).toContainEqual({ path: 'Secret', pageCount: 0 });
});

test('a restricted category hides itself and the pages below it', async () => {
  const { slug } = await ada.writes({ title: 'Pay', body: 'quokka', categoryPath: 'Board/Pay' });
  const all = (await ada.does('{ wikiCategories { id path } }')).wikiCategories as { id: string; path: string }[];
  const { id } = all.find(({ path }) => path === 'Board')!;
  const CLOSE = 'mutation ($id: ID!) { restrictWikiCategory(id: $id, isRestricted: true) { isRestricted } }';
  expect(await bob.isRefused(CLOSE, { id })).toMatchObject({ code: 'FORBIDDEN' });
  await ada.does(CLOSE, { id });
  expect(await bob.isRefused(PAGE, { slug })).toEqual({ code: 'NOT_FOUND' });
  expect(await bob.finds('quokka')).toEqual([]);
  expect(await ada.finds('quokka')).toEqual([slug]);
  const seen = (await bob.does('{ wikiCategories { path } }')).wikiCategories as { path: string }[];
  expect(seen.filter(({ path }) => path.startsWith('Board'))).toEqual([]);
});

test('changes arrive live; only creators and moderators delete', async () => {
  const { id, slug } = await ada.writes({ title: 'Live', body: 'x' });
  const live = await bob.follows(CHANGED, { id });
  await bob.changes({ id, baseVersion: 1, body: 'y' });
  expect((await live.next()).data.wikiPageChanged).toEqual({ id, version: 2, updatedBy: { id: bob.id } });
  await live.end();
  expect(await bob.isRefused(DELETE, { id })).toMatchObject({ code: 'FORBIDDEN' });
  expect(await ada.isRefused(DELETE, { id: newId() })).toEqual({ code: 'NOT_FOUND' });
  expect(await knowledge.person('MODERATOR').does(DELETE, { id })).toEqual({ deleteWikiPage: true });
  expect(await ada.isRefused(PAGE, { slug })).toEqual({ code: 'NOT_FOUND' });
});
