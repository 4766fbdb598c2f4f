/** A disk without room refuses bytes, harms no file, and is used again as soon as it has room. */
import { NODE_FLAGS } from '@chat/kit/testing/test-process';
import { eventually } from '@chat/kit/testing/eventually';
import { randomBytes } from 'node:crypto';
import { getuid } from 'node:process';
import { FilesProcess, START_MS } from '../testing/files-process';
import type { Begun } from '../testing/test-files';

/** Two of them do not fit. */
const CONTENT = randomBytes(3_000_000);

/** A file system of 4 MB in memory, which only the process sees. */
const MOUNT = 'mkdir -p "$DATA_DIR/files" && mount -t tmpfs -o size=4m none "$DATA_DIR/files" && exec "$0" "$@"';

let files: FilesProcess;
beforeAll(async () => {
  const asRoot = getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  files = await FilesProcess.create('unshare', [
    ...asRoot,
    '--mount',
    'sh',
    '-c',
    MOUNT,
    process.execPath,
    ...NODE_FLAGS,
  ]);
}, START_MS);
afterAll(() => files[Symbol.asyncDispose]());

const begin = () => files.begin({ size: CONTENT.length });
const put = ({ uploadUrl }: Begun) =>
  fetch(uploadUrl!, { method: 'PUT', headers: { 'content-type': 'application/octet-stream' }, body: CONTENT });

const TUS = { 'tus-resumable': '1.0.0' };
const patch = ({ resumableUrl }: Begun, offset: number) =>
  fetch(resumableUrl, {
    method: 'PATCH',
    headers: { ...TUS, 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) },
    body: CONTENT.subarray(offset),
  });
const offsetOf = async ({ resumableUrl }: Begun) =>
  Number((await fetch(resumableUrl, { method: 'HEAD', headers: TUS })).headers.get('upload-offset'));

async function isWhole(id: string): Promise<void> {
  await eventually(async () => (await files.fileOf(id)).status === 'READY', 'a file that is READY', 60_000);
  const response = await fetch((await files.fileOf(id)).downloadUrl!);
  expect(Buffer.from(await response.arrayBuffer()).equals(CONTENT)).toBe(true);
}

test(
  'PUT and tus are refused, and go on when there is room',
  async () => {
    const first = await begin();
    expect((await put(first)).status).toBe(204);
    expect((await files.complete(first.file.id)).errors).toBeUndefined();
    await isWhole(first.file.id);

    const [byPut, byTus] = [await begin(), await begin()];
    const refused = await put(byPut);
    expect([refused.status, await refused.json()]).toMatchObject([
      507,
      { errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] },
    ]);
    expect((await files.complete(byPut.file.id)).errors![0]!.extensions).toMatchObject({
      code: 'CONFLICT',
      received: 0,
    });
    expect([503, 507]).toContain((await patch(byTus, 0)).status);
    const offset = await offsetOf(byTus);
    expect(offset).toBeLessThan(CONTENT.length);
    await isWhole(first.file.id);

    await files.graphql('mutation ($id: ID!) { deleteFile(id: $id) }', { id: first.file.id });
    await eventually(async () => (await patch(byTus, await offsetOf(byTus))).status === 204, 'room for the rest');
    expect((await files.complete(byTus.file.id)).errors).toBeUndefined();
    await isWhole(byTus.file.id);
  },
  START_MS,
);
