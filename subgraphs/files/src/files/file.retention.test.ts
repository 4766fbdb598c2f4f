/** Retention: files that are attached and shared nowhere, files of deleted accounts, and the quota of the installation. */
import type { FeatureSubgraph } from '@chat/kit/graphql/feature-subgraph';
import { eventually } from '@chat/kit/testing/eventually';
import type { FilesParts } from '../feature';
import { startTestFiles, type TestFiles, type Uploader } from '../testing/test-files';

type Subgraph = FeatureSubgraph<FilesParts, { deletion: { removeExpired(): Promise<void> } }>;

let files: TestFiles;
let ada: Uploader;
let bob: Uploader;
beforeAll(async () => {
  files = await startTestFiles({ FILE_ORPHAN_DAYS: '30', FILE_TOTAL_QUOTA_BYTES: '1000', UPLOAD_SECONDS: '604800' });
  ada = files.person();
  bob = files.person();
});
afterAll(() => files[Symbol.asyncDispose]());

const execute = (sql: string) => (files.subgraph as Subgraph).parts.fork().execute(sql);
const removeExpired = () => (files.subgraph as Subgraph).services.deletion.removeExpired();
const age = (id: string, days: number) =>
  execute(`update files.files set completed_at = now() - interval '${days} days' where id = '${id}'`);
const isThere = async (person: Uploader, id: string) =>
  (await person.asks('query ($id: ID!) { file(id: $id) { id } }', { id })).errors === undefined;

async function objects(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of (files.subgraph as Subgraph).parts.store.list('blobs/')) keys.push(key);
  return keys;
}

test('the quota of the installation counts the files of all accounts', async () => {
  const first = await ada.uploads(Buffer.alloc(600));
  const begin = 'mutation ($input: BeginUploadInput!) { beginUpload(input: $input) { file { id } } }';
  const input = { name: 'x', size: 401 };
  expect(await bob.isRefused(begin, { input })).toMatchObject({ code: 'LIMIT_EXCEEDED', what: 'quota', limit: 1000 });
  await bob.uploads(Buffer.alloc(400));
  await ada.does('mutation ($id: ID!) { deleteFile(id: $id) }', { id: first });
  await bob.does(begin, { input });
});

test('parts of an upload are kept in the store for its whole lifetime', async () => {
  const remove = jest.spyOn((files.subgraph as Subgraph).parts.store, 'removeAbandoned');
  await removeExpired();
  const [[before]] = remove.mock.calls as [[Date]];
  remove.mockRestore();
  expect(Date.now() - before.getTime()).toBeGreaterThanOrEqual(604_800_000);
});

test('old files without a use are deleted; young, attached and shared ones stay', async () => {
  const [old, young, attached, shared] = [
    await ada.uploads(Buffer.from('old')),
    await ada.uploads(Buffer.from('young')),
    await ada.uploads(Buffer.from('attached')),
    await ada.uploads(Buffer.from('shared')),
  ];
  for (const id of [old, attached, shared]) await age(id, 31);
  await age(young, 29);
  await execute(`insert into files.shares values ('${shared}', '${bob.id}', 'READ')`);
  await execute('create schema pages');
  await execute(`create function pages.visible_files(viewer uuid, file_ids uuid[]) returns setof uuid
    language sql stable as $$ select id from unnest(file_ids) id where id = '${attached}' $$`);
  await removeExpired();
  const left = await Promise.all([old, young, attached, shared].map((id) => isThere(ada, id)));
  expect(left).toEqual([false, true, true, true]);
  await eventually(async () => expect(await objects()).not.toContain(`blobs/${old}`), 'the removal of the bytes');
  expect(await objects()).toContain(`blobs/${young}`);
});

test('the files of a deleted account are removed with their bytes, and those of others stay', async () => {
  const [mine, theirs] = [await ada.uploads(Buffer.from('mine')), await bob.uploads(Buffer.from('theirs'))];
  await execute('create schema if not exists identity');
  await execute('create table identity.users (id uuid, deleted_at timestamptz, deactivated_at timestamptz)');
  await execute(`insert into identity.users values ('${ada.id}', now(), null), ('${bob.id}', null, null)`);
  await removeExpired();
  expect(await execute(`select id from files.files where owner_id = '${ada.id}'`)).toEqual([]);
  expect(await isThere(bob, theirs)).toBe(true);
  await eventually(async () => expect(await objects()).not.toContain(`blobs/${mine}`), 'the removal of the bytes');
  expect(await objects()).toContain(`blobs/${theirs}`);
});

test('the counted bytes equal the sum over all files, whatever changed them, and at the same time', async () => {
  const owners = [files.person(), files.person(), files.person()].map(({ id }) => id);
  const any = (values: string) => `(array[${values}])[1 + floor(random() * array_length(array[${values}], 1))]`;
  const owner = any(owners.map((id) => `'${id}'::uuid`).join());
  const status = any("'PENDING', 'SCANNING', 'READY', 'REJECTED', 'FAILED'");
  const some = `id in (select id from files.files where owner_id in ('${owners.join("', '")}')
    order by random() limit 20 for update skip locked)`;
  const changes = [
    `insert into files.files (id, owner_id, name, status, expires_at, size, created_at)
       select gen_random_uuid(), ${owner}, 'x', ${status}, now(), 100 * random(), now() from generate_series(1, 50)`,
    `update files.files set status = ${status}, size = 100 * random() where ${some}`,
    `update files.files set owner_id = ${owner} where ${some}`,
    `delete from files.files where ${some}`,
  ];
  await execute(changes[0]!);
  await Promise.all(Array.from({ length: 40 }, (_, index) => execute(changes[index % 4]!)));
  const counted = 'select owner_id, bytes::int from files.usage where bytes <> 0 order by owner_id';
  const summed = `select owner_id, sum(size)::int as bytes from files.files
    where status <> 'REJECTED' or blob_id is not null group by owner_id having sum(size) <> 0 order by owner_id`;
  const rows = await execute(counted);
  expect(rows).toEqual(await execute(summed));
  expect(rows).toHaveLength(owners.length + 1); // and bob
});
