/** Approval, drafts, templates, locks and attachments through the GraphQL API. */
import {
  startTestKnowledge,
  UPDATE_PAGE,
  type KnowledgePerson,
  type TestKnowledge,
} from '../../testing/test-knowledge';

let knowledge: TestKnowledge;
let ada: KnowledgePerson;
let bob: KnowledgePerson;
let carol: KnowledgePerson;
let moderator: KnowledgePerson;
let guest: KnowledgePerson;
beforeAll(async () => {
  knowledge = await startTestKnowledge();
  [ada, bob, carol] = [knowledge.person(), knowledge.person(), knowledge.person()];
  [moderator, guest] = [knowledge.person('MODERATOR'), knowledge.person('GUEST')];
});
afterAll(() => knowledge[Symbol.asyncDispose]());

const PAGE = `query ($slug: String!) { wikiPage(slug: $slug) { id body version isPublished attachments { id }
  revisions { edges { node { author { id } approvedBy { id } } } } } }`;
const QUEUE = '{ wikiChangesToApprove { id title status author { id } page { slug } } }';
const MINE = '{ myWikiDrafts { id title status note } }';
const APPROVE = 'mutation ($id: ID!) { approveWikiChange(id: $id) { slug version isPublished } }';
const REJECT = 'mutation ($id: ID!, $note: String) { rejectWikiChange(id: $id, note: $note) { status note } }';
const SAVE = 'mutation ($input: SaveWikiDraftInput!) { saveWikiDraft(input: $input) { id status } }';
const PUBLISH = 'mutation ($id: ID!) { publishWikiDraft(id: $id) { slug version } }';
const DELETE = 'mutation ($id: ID!) { deleteWikiDraft(id: $id) }';

async function categoryOf(person: KnowledgePerson, path: string): Promise<string> {
  const { wikiCategories } = await person.does('{ wikiCategories { id path } }');
  return wikiCategories.find((category: { path: string }) => category.path === path).id;
}

/** A category of ada that asks for approval. */
async function asksForApproval(path: string): Promise<void> {
  await ada.writes({ title: `About ${path}`, body: 'x', categoryPath: path });
  const SET = 'mutation ($id: ID!) { setWikiCategoryApproval(id: $id, requiresApproval: true) { requiresApproval } }';
  const id = await categoryOf(ada, path);
  expect(await bob.isRefused(SET, { id })).toMatchObject({ code: 'FORBIDDEN' });
  expect(await ada.does(SET, { id })).toEqual({ setWikiCategoryApproval: { requiresApproval: true } });
}

test('a new page is published once it is approved', async () => {
  await asksForApproval('Rules');
  const { slug } = await bob.writes({ title: 'Leave', body: 'wombat', categoryPath: 'Rules/Holidays' });
  expect((await bob.does(PAGE, { slug })).wikiPage.isPublished).toBe(false);
  for (const person of [carol, guest]) {
    expect(await person.isRefused(PAGE, { slug })).toEqual({ code: 'NOT_FOUND' });
    expect(await person.finds('wombat')).toEqual([]);
    expect((await person.does(QUEUE)).wikiChangesToApprove).toEqual([]);
  }
  const [change] = (await ada.does(QUEUE)).wikiChangesToApprove;
  expect(change).toMatchObject({ title: 'Leave', status: 'SUBMITTED', author: { id: bob.id }, page: { slug } });
  // The creator of a category below does not approve.
  expect(await bob.isRefused(APPROVE, { id: change.id })).toMatchObject({ code: 'FORBIDDEN' });
  expect(await carol.isRefused(APPROVE, { id: change.id })).toEqual({ code: 'NOT_FOUND' });
  expect(await ada.does(APPROVE, { id: change.id })).toEqual({
    approveWikiChange: { slug, version: 1, isPublished: true },
  });
  const { wikiPage } = await carol.does(PAGE, { slug });
  expect(wikiPage.revisions.edges[0].node).toEqual({ author: { id: bob.id }, approvedBy: { id: ada.id } });
  expect(await carol.finds('wombat')).toEqual([slug]);
});

test('a change waits for approval, is rejected with a reason, and is published as a revision of its author', async () => {
  await asksForApproval('Policy');
  const { id, slug } = await ada.writes({ title: 'Expenses', body: 'one\ntwo\nthree', categoryPath: 'Policy' });
  const propose = (body: string) => bob.does(UPDATE_PAGE, { input: { id, baseVersion: 1, body } });
  expect((await propose('one\ntwo\nTHREE')).updateWikiPage).toMatchObject({ version: 1, body: 'one\ntwo\nthree' });
  const queued = async () => (await moderator.does(QUEUE)).wikiChangesToApprove.at(-1).id as string;
  await moderator.does(REJECT, { id: await queued(), note: 'Too loud.' });
  const [rejected] = (await bob.does(MINE)).myWikiDrafts;
  expect(rejected).toMatchObject({ status: 'REJECTED', note: 'Too loud.' });
  await bob.does(PUBLISH, { id: rejected.id });
  await ada.changes({ id, baseVersion: 1, body: 'ONE\ntwo\nthree' });
  await moderator.does(APPROVE, { id: await queued() });
  const { wikiPage } = await carol.does(PAGE, { slug });
  expect(wikiPage).toMatchObject({ version: 3, body: 'ONE\ntwo\nTHREE' });
  expect(wikiPage.revisions.edges[0].node).toEqual({ author: { id: bob.id }, approvedBy: { id: moderator.id } });
  // A change that overlaps is refused, and keeps waiting.
  await propose('uno\ntwo\nthree').catch(() => undefined);
  const ROLLBACK = 'mutation ($id: ID!) { rollbackWikiPage(id: $id, version: 1) { version } }';
  expect((await bob.does(ROLLBACK, { id })).rollbackWikiPage.version).toBe(3);
  expect((await bob.does(MINE)).myWikiDrafts).toHaveLength(1);
});

test('a change that conflicts at its approval keeps waiting', async () => {
  await asksForApproval('Law');
  const { id } = await ada.writes({ title: 'Act', body: 'a', categoryPath: 'Law' });
  await bob.does(UPDATE_PAGE, { input: { id, baseVersion: 1, body: 'b' } });
  await ada.changes({ id, baseVersion: 1, body: 'c' });
  const change = (await ada.does(QUEUE)).wikiChangesToApprove.find(({ title }: { title: string }) => title === 'Act');
  expect(await ada.isRefused(APPROVE, { id: change.id })).toMatchObject({ code: 'CONFLICT', currentVersion: 2 });
  const both = await Promise.all([1, 2].map(() => ada.asks(REJECT, { id: change.id })));
  expect(both.filter(({ errors }) => !errors)).toHaveLength(1);
});

test('a draft is read and published by its author only', async () => {
  const input = { title: 'Idea', body: 'secret', slug: 'idea', tags: ['new'] };
  expect(await guest.isRefused(SAVE, { input })).toMatchObject({ code: 'FORBIDDEN' });
  const { id } = (await bob.does(SAVE, { input })).saveWikiDraft;
  for (const person of [ada, moderator])
    for (const operation of [PUBLISH, DELETE])
      expect(await person.isRefused(operation, { id })).toEqual({ code: 'NOT_FOUND' });
  expect(await ada.isRefused(SAVE, { input: { ...input, id } })).toEqual({ code: 'NOT_FOUND' });
  await bob.does(SAVE, { input: { ...input, id, body: 'better' } });
  const twice = await Promise.all([1, 2].map(() => bob.asks(PUBLISH, { id })));
  expect(twice.filter(({ errors }) => !errors)).toHaveLength(1);
  const { wikiPage } = await ada.does(PAGE, { slug: 'idea' });
  expect(wikiPage.body).toBe('better');
  const change = { pageId: wikiPage.id, title: 'Idea', body: 'best' };
  expect(await ada.isRefused(SAVE, { input: change })).toMatchObject({ code: 'BAD_USER_INPUT' });
  const { saveWikiDraft } = await ada.does(SAVE, { input: { ...change, baseVersion: 1 } });
  expect((await ada.does(PUBLISH, { id: saveWikiDraft.id })).publishWikiDraft.version).toBe(2);
});

test('a template gives a new page its text and tags', async () => {
  const { id } = await ada.writes({ title: 'Minutes', body: '# {{title}}\n\n{{date}} {{other}}', tags: ['minutes'] });
  const MARK = 'mutation ($id: ID!) { markWikiTemplate(id: $id, isTemplate: true) { isTemplate } }';
  const CREATE = 'mutation ($input: CreatePageInput!) { createWikiPage(input: $input) { body tags } }';
  const input = { title: 'Monday', body: '', templateId: id };
  expect(await bob.isRefused(CREATE, { input })).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await bob.isRefused(MARK, { id })).toMatchObject({ code: 'FORBIDDEN' });
  await ada.does(MARK, { id });
  expect((await bob.does('{ wikiTemplates { id } }')).wikiTemplates).toEqual([{ id }]);
  const { createWikiPage } = await bob.does(CREATE, { input });
  expect(createWikiPage.body).toMatch(/^# Monday\n\n\d{4}-\d\d-\d\d \{\{other\}\}$/);
  expect(createWikiPage.tags).toEqual(['minutes']);
});

test('a lock on a page or a category leaves changes to creators and moderators', async () => {
  const { id } = await ada.writes({ title: 'Locked', body: 'x', categoryPath: 'Archive/Old' });
  const change = { input: { id, baseVersion: 1, body: 'y' } };
  const LOCK = 'mutation ($id: ID!, $is: Boolean!) { lockWikiPage(id: $id, isLocked: $is) { isLocked } }';
  const CLOSE = 'mutation ($id: ID!) { lockWikiCategory(id: $id, isLocked: true) { isLocked } }';
  expect(await bob.isRefused(LOCK, { id, is: true })).toMatchObject({ code: 'FORBIDDEN' });
  await ada.does(LOCK, { id, is: true });
  expect(await bob.isRefused(UPDATE_PAGE, change)).toMatchObject({ code: 'FORBIDDEN' });
  await ada.does(LOCK, { id, is: false });
  await ada.does(CLOSE, { id: await categoryOf(ada, 'Archive') });
  expect(await bob.isRefused(UPDATE_PAGE, change)).toMatchObject({ code: 'FORBIDDEN' });
  const CREATE = 'mutation ($input: CreatePageInput!) { createWikiPage(input: $input) { id } }';
  const input = { title: 'T', body: '', categoryPath: 'Archive/Bob' };
  expect(await bob.isRefused(CREATE, { input })).toMatchObject({ code: 'FORBIDDEN' });
  expect((await moderator.does(UPDATE_PAGE, change)).updateWikiPage.version).toBe(2);
});
