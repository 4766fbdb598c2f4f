/** A disk that is slow, or stands still for a while, delays uploads and nothing else. full-disk.test.ts takes its room away. */
import { eventually } from '@chat/kit/testing/eventually';
import { SlowDisk } from '@chat/kit/testing/slow-disk';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FilesProcess, START_MS } from '../testing/files-process';

const CONTENT = randomBytes(1_000_000);
/** More than the threads with which Node writes. */
const MANY = 8;
/** Uploads of {@link MANY} files end before as many answers, if the disk does not stand still. */
const QUESTIONS = 200;
/** Of a write or a sync, in milliseconds: of a slow disk, and of one that stands still. */
const SLOW_MS = 100;
const FOR_EVER_MS = 3_600_000;

const started = new AsyncDisposableStack();
let disk: SlowDisk | undefined;
let files: FilesProcess;
beforeAll(async () => {
  disk = await SlowDisk.of(join(tmpdir(), 'chat-files-'));
  if (!disk) return;
  files = started.use(await FilesProcess.create(undefined, undefined, disk.env));
  started.use(disk);
}, START_MS);
afterAll(() => started.disposeAsync());
afterEach(() => disk?.delay(0));

async function upload(): Promise<string> {
  const { file, uploadUrl } = await files.begin({ size: CONTENT.length });
  const headers = { 'content-type': 'application/octet-stream' };
  expect((await fetch(uploadUrl!, { method: 'PUT', headers, body: CONTENT })).status).toBe(204);
  return file.id;
}

async function isWhole(id: string): Promise<void> {
  expect((await files.complete(id)).errors).toBeUndefined();
  await eventually(async () => (await files.fileOf(id)).status === 'READY', 'a file that is READY', 60_000);
  const response = await fetch((await files.fileOf(id)).downloadUrl!);
  expect(Buffer.from(await response.arrayBuffer()).equals(CONTENT)).toBe(true);
}

test(
  'a slow disk slows uploads down and fails none',
  async () => {
    if (!disk) return;
    await disk.delay(SLOW_MS);
    for (const id of await Promise.all(Array.from({ length: MANY }, upload))) await isWhole(id);
  },
  START_MS,
);

test(
  'while the disk stands still, uploads wait and other requests are answered',
  async () => {
    if (!disk) return;
    const before = await upload();
    await disk.delay(FOR_EVER_MS);
    let arrived = 0;
    const uploads = Array.from({ length: MANY }, () => upload().finally(() => arrived++));
    const isStill = async () => (await files.fileOf(before)).status !== undefined && arrived === 0;
    for (let question = 0; question < QUESTIONS; question++) expect(await isStill()).toBe(true);
    await disk.delay(0);
    for (const id of [before, ...(await Promise.all(uploads))]) await isWhole(id);
  },
  START_MS,
);
