/** Thumbnails in real Chromium: skins and a VRM are drawn, and a Chromium beyond its limits is killed. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Jobs } from '@chat/kit/jobs/jobs';
import { createLogger } from '@chat/kit/logging';
import { findChromium } from '@chat/kit/testing/chromium';
import { eventually } from '@chat/kit/testing/eventually';
import type { RoomsParts } from '../../feature';
import { startTestRooms, type TestRooms } from '../../testing/test-rooms';
import { vrmModel } from '../../testing/vrm-model';
import { ModelValidator } from '../models/model-validator';
import { SKIN_HASHES } from '../skin-hashes';
import { thumbnailJobs } from './thumbnail.jobs';
import { ThumbnailRenderer, UndrawableModel, type RendererOptions } from './thumbnail.renderer';

const CREATE = `mutation ($input: CreateAvatarInput!) { createAvatar(input: $input) { id thumbnailUrl thumbnailStatus } }`;
const MINE = '{ myAvatars { thumbnailUrl thumbnailStatus } }';

const parts = new AsyncDisposableStack();
const never = new AbortController().signal;
let folder: string;
let options: RendererOptions;
let rooms: TestRooms;
let http: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chat-thumbnails-'));
  parts.defer(() => rm(folder, { recursive: true, force: true }));
  const { executablePath, env } = await findChromium();
  const command = join(folder, 'chromium');
  const { LD_LIBRARY_PATH = '', FONTCONFIG_FILE = '' } = env;
  const script = `#!/bin/sh\nexport LD_LIBRARY_PATH='${LD_LIBRARY_PATH}' FONTCONFIG_FILE='${FONTCONFIG_FILE}'\nexec '${executablePath}' "$@"\n`;
  await writeFile(command, script, { mode: 0o755 });
  options = { command, isSandboxed: false, seconds: 60, memoryBytes: 2 ** 31 };
  rooms = parts.use(
    await startTestRooms({ CHROMIUM_COMMAND: command, CHROMIUM_SANDBOX: 'false', THUMBNAIL_SECONDS: '60' }),
  );
  http = createServer((request, response) => void rooms.subgraph.handleHttp!(request, response));
  await once(http.listen(0, '127.0.0.1'), 'listening');
  parts.defer(() => void http.close());
}, 120_000);
afterAll(() => parts.disposeAsync());

/** The image behind a URL of the graph. */
async function fetchImage(url: string): Promise<Buffer> {
  const { port } = http.address() as AddressInfo;
  const response = await fetch(new URL(new URL(url).pathname, `http://127.0.0.1:${port}`));
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/png']);
  return Buffer.from(await response.arrayBuffer());
}

/** A picture of 256 × 256 pixels with something on it: an empty one takes less than a thousand bytes. */
function expectPicture(png: Buffer): void {
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([256, 256]);
  expect(png.length).toBeGreaterThan(1_000);
}

test('an avatar gets a thumbnail of its skin, and of its other skin', async () => {
  const ada = rooms.person();
  const { createAvatar } = await ada.does(CREATE, { input: { name: 'Ada', skinId: 'robot-green' } });
  expect(createAvatar).toMatchObject({ thumbnailUrl: null, thumbnailStatus: 'PENDING' });
  const drawn = () =>
    eventually(
      async () => {
        const [avatar] = (await ada.does(MINE)).myAvatars;
        return avatar.thumbnailStatus === 'READY' && (avatar.thumbnailUrl as string);
      },
      'the thumbnail',
      90_000,
    );
  const green = await fetchImage(String(await drawn()));
  expectPicture(green);
  const change = 'mutation ($input: CustomizeAvatarInput!) { customizeAvatar(input: $input) { thumbnailStatus } }';
  const { customizeAvatar } = await ada.does(change, { input: { id: createAvatar.id, skinId: 'robot-orange' } });
  expect(customizeAvatar.thumbnailStatus).toBe('PENDING');
  const orange = await fetchImage(String(await drawn()));
  expectPicture(orange);
  expect(orange.equals(green)).toBe(false);
}, 120_000);

test('the cron job orders thumbnails of the models that have none, and of no others', async () => {
  const { fork } = (rooms.subgraph as unknown as { parts: RoomsParts }).parts;
  const em = fork();
  const [drawn, ...others] = SKIN_HASHES;
  await em.execute(
    `insert into rooms.thumbnails (model_sha256, problem, created_at) values (?, 'none', now()) on conflict do nothing`,
    [drawn],
  );
  await em.execute(
    `insert into rooms.models (sha256, format, bytes, animations, created_at) values ('uploaded', 'GLB', '', '[]', now())`,
  );
  const have = await em.execute<{ sha256: string }[]>('select model_sha256 as sha256 from rooms.thumbnails');
  const ordered: string[] = [];
  const jobs = {
    enqueue: async (_tx: unknown, _task: unknown, { sha256 }: { sha256: string }) => void ordered.push(sha256),
  } as unknown as Jobs;
  const renderer = new ThumbnailRenderer(options);
  const log = createLogger('test', 'silent');
  const { tasks } = thumbnailJobs({ fork, jobs, renderer, skinHashes: SKIN_HASHES, log });
  await tasks['render-missing-thumbnails']({} as never, { signal: never } as never);
  const missing = others.filter((hash) => !have.some(({ sha256 }) => sha256 === hash));
  expect(ordered.sort()).toEqual([...missing, 'uploaded'].sort());
});

test('a VRM is drawn, and its bytes stay as they are', async () => {
  const model = vrmModel();
  const before = createHash('sha256').update(model).digest('hex');
  await using validator = new ModelValidator();
  expect(await validator.check({ bytes: model, limits: { triangles: 10 } })).toMatchObject({
    problems: [],
    format: 'VRM',
  });
  expectPicture(await new ThumbnailRenderer(options).render(model, never));
  expect(createHash('sha256').update(model).digest('hex')).toBe(before);
}, 60_000);

test('a model that cannot be drawn, takes too long or too much memory is refused, and nothing keeps running', async () => {
  const attempt = (change: Partial<RendererOptions>, model = vrmModel()) =>
    new ThumbnailRenderer({ ...options, ...change }).render(model, never);
  await expect(attempt({}, Buffer.from('{"asset":{"version":"2.0"}}'))).rejects.toThrow(UndrawableModel);
  await expect(attempt({ seconds: 0.01 })).rejects.toThrow('Drawing took longer than 0.01 s.');
  await expect(attempt({ memoryBytes: 2 ** 20 })).rejects.toThrow('Drawing took too much memory.');
  await eventually(async () => expect(await running()).toEqual([]), 'the end of Chromium');
}, 120_000);

test('without the program nothing is blamed on the model', async () => {
  const renderer = new ThumbnailRenderer({ ...options, command: join(folder, 'absent') });
  const failure = await renderer.render(vrmModel(), never).catch((error: unknown) => error);
  expect(failure).not.toBeInstanceOf(UndrawableModel);
});

test('an installation without Chromium says so', async () => {
  await using others = await startTestRooms();
  const { createAvatar } = await others.person().does(CREATE, { input: { name: 'Bob' } });
  expect(createAvatar).toMatchObject({ thumbnailUrl: null, thumbnailStatus: 'OFF' });
});

/** Processes of playwright's temporary profiles. */
async function running(): Promise<string[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    names.map(async (name) => {
      const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
      const isOurs = stat.includes(`) `) && stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === String(process.pid);
      return isOurs ? readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '') : '';
    }),
  );
  return commands.filter((command) => command.includes('swiftshader'));
}
