/** Attached files: the permission to attach them, and knowledge.visible_files, which tells the files subgraph their readers. */
import { Database } from '@chat/kit/database/database';
import { newId } from '@chat/kit/ids';
import { createLogger } from '@chat/kit/logging';
import { startTestKnowledge, type KnowledgePerson, type TestKnowledge } from '../../testing/test-knowledge';

let knowledge: TestKnowledge;
let database: Database;
let [ada, bob, guest]: KnowledgePerson[] = [];
const [own, other] = [newId(), newId()];
beforeAll(async () => {
  knowledge = await startTestKnowledge();
  [ada, bob, guest] = [knowledge.person(), knowledge.person(), knowledge.person('GUEST')];
  const url = knowledge.config.DATABASE_URL;
  const log = createLogger('test', 'silent');
  database = await Database.open({ url, schema: 'knowledge', entities: [], migrations: [], log });
  await database.ready();
  // The columns that knowledge reads of other subgraphs.
  await run('create schema identity');
  await run('create table identity.effective_permissions (user_id uuid, permission text)');
  await run(
    'create table identity.effective_grants (user_id uuid, resource_type text, resource_id text, permission text)',
  );
  await run('create schema files');
  await run('create table files.files (id uuid, owner_id uuid, status text)');
  await run(`insert into files.files values (?, ?, 'READY'), (?, ?, 'READY')`, [own, ada.id, other, bob.id]);
  for (const person of [ada, bob])
    for (const permission of ['READ', 'WRITE'])
      await run('insert into identity.effective_permissions values (?, ?)', [person.id, permission]);
  await run(`insert into identity.effective_permissions values (?, 'READ')`, [guest.id]);
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await knowledge[Symbol.asyncDispose]();
});

const run = (sql: string, values: unknown[] = []) => database.fork().execute<{ id: string }[]>(sql, values);
const sees = async (person: KnowledgePerson | null, fileId: string) =>
  (await run('select knowledge.visible_files(?::uuid, array[?::uuid]) as id', [person?.id ?? null, fileId])).length > 0;

test('members see files of pages that they read; a restriction and a missing grant hide them', async () => {
  const CREATE = 'mutation ($input: CreatePageInput!) { createWikiPage(input: $input) { id attachments { id } } }';
  const create = (attachmentIds: string[]) => ({ input: { title: 'Files', body: '', attachmentIds } });
  expect(await ada!.isRefused(CREATE, create([own, other]))).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await sees(null, own)).toBe(false);
  const { createWikiPage } = await ada!.does(CREATE, create([own]));
  expect(createWikiPage.attachments).toEqual([{ id: own }]);
  expect([await sees(null, own), await sees(bob!, own), await sees(guest!, own)]).toEqual([true, true, false]);
  await run(`insert into identity.effective_grants values (?, 'WikiPage', ?, 'READ')`, [guest!.id, createWikiPage.id]);
  expect(await sees(guest!, own)).toBe(true);
  await ada!.does('mutation ($id: ID!) { restrictWikiPage(id: $id, isRestricted: true) { id } }', {
    id: createWikiPage.id,
  });
  expect([await sees(ada!, own), await sees(bob!, own), await sees(guest!, own)]).toEqual([true, false, true]);
  const UPDATE = 'mutation ($input: UpdatePageInput!) { updateWikiPage(input: $input) { attachments { id } } }';
  await ada!.does(UPDATE, { input: { id: createWikiPage.id, baseVersion: 1, attachmentIds: [] } });
  expect(await sees(ada!, own)).toBe(false);
});
