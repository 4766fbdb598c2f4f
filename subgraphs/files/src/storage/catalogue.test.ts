/** The catalogue and the bytes: the check, the move to another store, and files that share bytes. */
import type { FeatureSubgraph } from '@chat/kit/graphql/feature-subgraph';
import { eventually } from '@chat/kit/testing/eventually';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { FilesParts } from '../feature';
import { startTestFiles, type TestFiles, type Uploader } from '../testing/test-files';
import { Deduplication } from '../uploads/deduplication';
import { checkObjects } from './check-objects';
import { LocalStore } from './local-store';
import { moveObjects } from './move-objects';

let files: TestFiles;
let parts: FilesParts;
let ada: Uploader;
let bob: Uploader;
beforeEach(async () => {
  files = await startTestFiles();
  parts = (files.subgraph as FeatureSubgraph<FilesParts, object>).parts;
  ada = files.person();
  bob = files.person();
});
afterEach(() => files[Symbol.asyncDispose]());

const check = (isFast = false) => checkObjects(parts.fork, parts.store, { isFast });
const blobs = () => parts.fork().execute<{ id: string; key: string }[]>('select id, key from files.blobs order by id');

test('the check finds missing, changed and stray bytes', async () => {
  for (const text of ['first', 'second', 'third']) await ada.uploads(Buffer.from(text));
  expect(await check()).toEqual({ files: 3, bytes: 16, problems: [] });
  const [first, second, third] = (await blobs()).map(({ key }) => key);
  await parts.store.remove(first!);
  await parts.store.write(second!, Readable.from([Buffer.from('longer than before')]));
  await parts.store.write(third!, Readable.from([Buffer.from('THIRD')]));
  await parts.store.write('blobs/stray', Readable.from([Buffer.from('x')]));
  expect((await check()).problems).toEqual([
    { key: first, problem: 'missing' },
    { key: second, problem: 'wrong size' },
    { key: third, problem: 'wrong hash' },
    { key: 'blobs/stray', problem: 'stray' },
  ]);
  expect((await check(true)).problems).not.toContainEqual({ key: third, problem: 'wrong hash' });
});

test('a move copies everything once, goes on after an interruption, and refuses wrong bytes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'chat-target-'));
  try {
    const target = await LocalStore.open(folder);
    for (const text of ['first', 'second', 'third']) await ada.uploads(Buffer.from(text));
    const [, , third] = (await blobs()).map(({ key }) => key);
    await parts.store.write(third!, Readable.from([Buffer.from('THIRD')]));
    let seen = 0;
    const interrupt = () => {
      if (++seen === 1) throw new Error('interrupted');
    };
    await expect(moveObjects(parts.fork, parts.store, target, interrupt)).rejects.toThrow('interrupted');
    const { skipped, broken } = await moveObjects(parts.fork, parts.store, target);
    expect({ skipped, broken }).toEqual({ skipped: 1, broken: [third] });
    expect(await target.stat(third!)).toBeNull();
    expect((await checkObjects(parts.fork, target)).problems).toEqual([{ key: third, problem: 'missing' }]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('files with equal bytes share one object, until the last of them is deleted', async () => {
  const [mine, theirs] = [await ada.uploads(Buffer.from('same')), await bob.uploads(Buffer.from('same'))];
  const { deduplicate } = new Deduplication(parts);
  const run = async () => {
    for (const { id } of await blobs()) await deduplicate({ blobId: id } as never, undefined as never);
  };
  await run();
  await run();
  expect(await blobs()).toHaveLength(1);
  // Neither owner can tell.
  for (const [person, id] of [
    [ada, mine],
    [bob, theirs],
  ] as const)
    expect([(await person.file(id)).size, await (await person.downloads(id)).text()]).toEqual([4, 'same']);
  const objects = () => readdir(join(files.folder, 'files', 'objects', 'blobs'), { recursive: true });
  const stored = async () => (await objects()).filter((path) => path.length > 10).length;
  await eventually(async () => (await stored()) === 1, 'the removal of the second object');
  await ada.does('mutation ($id: ID!) { deleteFile(id: $id) }', { id: mine });
  expect(await (await bob.downloads(theirs)).text()).toBe('same');
  await bob.does('mutation ($id: ID!) { deleteFile(id: $id) }', { id: theirs });
  await eventually(async () => (await stored()) === 0, 'the removal of the last object');
  expect((await check()).problems).toEqual([]);
});

test('a deletion that waits for a deduplication leaves the bytes to the file that has joined', async () => {
  const [mine, theirs] = [await ada.uploads(Buffer.from('same')), await bob.uploads(Buffer.from('same'))];
  const [older, younger] = await blobs();
  let deletion: Promise<unknown> | undefined;
  // The statements of Deduplication, with a pause between them.
  await parts.fork().transactional(async (tx) => {
    await tx.execute('select from files.blobs where id = ? for update', [older!.id]);
    deletion = ada.does('mutation ($id: ID!) { deleteFile(id: $id) }', { id: mine });
    const waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    await eventually(
      async () => expect(await parts.fork().execute<unknown[]>(waiting)).toHaveLength(1),
      'a deletion that waits',
    );
    await tx.execute('update files.files set blob_id = ? where blob_id = ?', [older!.id, younger!.id]);
    await tx.execute('delete from files.blobs where id = ?', [younger!.id]);
  });
  await deletion;
  expect(await blobs()).toEqual([older]);
  expect(await (await bob.downloads(theirs)).text()).toBe('same');
});

test('a file is never joined with corrupt bytes of the same hash', async () => {
  const [first, second] = [await ada.uploads(Buffer.from('same')), await bob.uploads(Buffer.from('same'))];
  const [older, younger] = await blobs();
  await writeFile(await pathOf(older!.key), 'SAME');
  const log = { ...parts.log, error: () => undefined } as unknown as FilesParts['log'];
  await new Deduplication({ ...parts, log }).deduplicate({ blobId: younger!.id } as never, undefined as never);
  expect(await blobs()).toHaveLength(2);
  expect(await (await bob.downloads(second)).text()).toBe('same');
  expect((await ada.file(first)).status).toBe('READY');
});

async function pathOf(key: string): Promise<string> {
  const folder = join(files.folder, 'files', 'objects');
  const paths = await readdir(folder, { recursive: true });
  return join(
    folder,
    paths.find((path) => path.startsWith('blobs/') && path.endsWith(key.slice('blobs/'.length)))!,
  );
}

test('the nightly removal ends expired uploads and removes what nobody has', async () => {
  const begun = await ada.begins({ size: 100 });
  const kept = await ada.uploads(Buffer.from('kept'));
  await ada.puts(begun, Buffer.alloc(100));
  await parts
    .fork()
    .execute("update files.files set expires_at = now() - interval '1 minute' where id = ?", [begun.file.id]);
  const { services } = files.subgraph as FeatureSubgraph<FilesParts, { deletion: { removeExpired(): Promise<void> } }>;
  expect((await ada.does('{ usage { usedBytes } }')).usage.usedBytes).toBe(104);
  expect(await ada.cannotComplete(begun.file.id)).toMatchObject({ code: 'CONFLICT' });
  expect((await ada.puts(begun, Buffer.alloc(100))).status).toBe(409);
  await services.deletion.removeExpired();
  expect(await ada.file(begun.file.id)).toMatchObject({ status: 'FAILED' });
  expect((await ada.does('{ usage { usedBytes } }')).usage.usedBytes).toBe(4);
  expect(await (await ada.downloads(kept)).text()).toBe('kept');
});
