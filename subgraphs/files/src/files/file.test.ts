/** Files through the GraphQL API: allowed and refused operations in one set-up. */
import { newId } from '@chat/kit/ids';
import { eventually } from '@chat/kit/testing/eventually';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startTestFiles, type TestFiles, type Uploader } from '../testing/test-files';

const READ = 'query ($id: ID!) { file(id: $id) { id name size status owner { id } } }';
const LIST = `query ($first: Int, $after: String) { myFiles(first: $first, after: $after) {
  edges { node { id name } } pageInfo { hasNextPage endCursor } } usage { usedBytes quotaBytes } }`;
const SHARE = `mutation ($id: ID!, $userId: ID!, $permission: Permission!) {
  shareFile(id: $id, userId: $userId, permission: $permission) { id } }`;
const DELETE = 'mutation ($id: ID!) { deleteFile(id: $id) }';

const CONTENT = Buffer.from('bytes');

let files: TestFiles;
let ada: Uploader;
let bob: Uploader;
let eve: Uploader;
beforeAll(async () => void (files = await startTestFiles()));
afterAll(() => files[Symbol.asyncDispose]());
beforeEach(() => {
  ada = files.person();
  bob = files.person();
  eve = files.person();
});

test('an account without files uses nothing of its quota', async () => {
  expect(await ada.does(LIST)).toMatchObject({
    myFiles: { edges: [] },
    usage: { usedBytes: 0, quotaBytes: files.config.FILE_QUOTA_BYTES },
  });
});

test('a file that does not exist is NOT_FOUND', async () => {
  for (const id of [newId(), 'nothing', '']) {
    expect(await ada.isRefused(READ, { id })).toEqual({ code: 'NOT_FOUND' });
    expect(await ada.isRefused(DELETE, { id })).toEqual({ code: 'NOT_FOUND' });
  }
});

test('the list has the own files only, newest first, page by page', async () => {
  for (const name of ['one', 'two', 'three']) await ada.uploads(CONTENT, { name });
  await bob.uploads(CONTENT);
  const first = await ada.does(LIST, { first: 2 });
  expect(first.myFiles.edges.map(({ node }: { node: { name: string } }) => node.name)).toEqual(['three', 'two']);
  expect(first.usage.usedBytes).toBe(3 * CONTENT.length);
  const { edges, pageInfo } = (await ada.does(LIST, { first: 2, after: first.myFiles.pageInfo.endCursor })).myFiles;
  expect(edges).toEqual([{ node: expect.objectContaining({ name: 'one' }) }]);
  expect(pageInfo.hasNextPage).toBe(false);
});

test('a share gives what it says and nothing more', async () => {
  const id = await ada.uploads(CONTENT);
  expect(await bob.isRefused(READ, { id })).toEqual({ code: 'NOT_FOUND' });
  const share = { id, userId: bob.id, permission: 'READ' };
  expect(await bob.isRefused(SHARE, share)).toEqual({ code: 'NOT_FOUND' });
  expect(await ada.does(SHARE, share)).toEqual({ shareFile: { id } });
  expect((await bob.downloads(id)).status).toBe(200);
  expect(await bob.isRefused(DELETE, { id })).toMatchObject({ code: 'FORBIDDEN' });
  expect(await bob.isRefused(SHARE, { ...share, userId: eve.id })).toMatchObject({ code: 'FORBIDDEN' });
  expect(await eve.isRefused(READ, { id })).toEqual({ code: 'NOT_FOUND' });
  await ada.does(SHARE, { ...share, permission: 'MANAGE' });
  await bob.does(SHARE, { ...share, userId: eve.id });
  expect(await eve.does(READ, { id })).toMatchObject({ file: { owner: { id: ada.id } } });
  expect(await ada.isRefused(SHARE, { ...share, userId: 'nobody' })).toMatchObject({ code: 'BAD_USER_INPUT' });
});

test('a download URL works for its viewer only as long as the viewer has access', async () => {
  const id = await ada.uploads(CONTENT);
  await ada.does(SHARE, { id, userId: bob.id, permission: 'READ' });
  const { downloadUrl } = await bob.file(id);
  expect((await fetch(downloadUrl)).status).toBe(200);
  await ada.does(DELETE, { id });
  expect((await fetch(downloadUrl)).status).toBe(404);
});

test('deletion deletes: the row, the quota and the bytes', async () => {
  const id = await ada.uploads(CONTENT);
  const objects = join(files.folder, 'files', 'objects');
  const names = async () => (await readdir(objects, { recursive: true })).filter((path) => path.endsWith(id));
  expect(await names()).toHaveLength(1);
  expect(await eve.isRefused(DELETE, { id })).toEqual({ code: 'NOT_FOUND' });
  expect(await ada.does(DELETE, { id })).toEqual({ deleteFile: true });
  expect(await ada.isRefused(READ, { id })).toEqual({ code: 'NOT_FOUND' });
  expect((await ada.does(LIST)).usage.usedBytes).toBe(0);
  await eventually(async () => (await names()).length === 0, 'the removal of the bytes');
});

test('an upload that is deleted before it is complete leaves nothing', async () => {
  const begun = await ada.begins({ size: CONTENT.length });
  await ada.puts(begun, CONTENT);
  await ada.does(DELETE, { id: begun.file.id });
  expect((await ada.puts(begun, CONTENT)).status).toBe(404);
  expect(await ada.cannotComplete(begun.file.id)).toEqual({ code: 'NOT_FOUND' });
});
