/** Processes from the files of their images, outside of the repository. The planning thread of a gateway starts there, too. */
import { createTestDatabase } from '@chat/kit/testing/test-database';
import { NODE_FLAGS, REPOSITORY, TestProcess } from '@chat/kit/testing/test-process';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IMAGES, LOCKED } from '../../scripts/images/image-files';

/** Longer than 4,000 characters in normal form, so that the thread plans it. */
const LONG = `{ ${Array.from({ length: 40 }, (_, n) => `a${n}: user(id: "${n}") { id username displayName createdAt presence { status lastSeenAt user { id username } } }`).join(' ')} }`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chat-image-files-'));
  await chmod(folder, 0o755); // for the user of PostgreSQL
  execFileSync(process.execPath, [...NODE_FLAGS, 'scripts/build.ts', '--images', folder], { cwd: REPOSITORY });
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each([...IMAGES])('%s starts from the files of its image', async (image, path) => {
  const cwd = join(folder, image);
  const servers = {
    DATABASE_URL: 'postgresql://127.0.0.1:1/chat',
    REDIS_URL: 'redis://127.0.0.1:1',
    SECRET_KEY: 'a secret for the files of images, 32 characters',
  };
  await using database = await createTestDatabase('image_files', () => Promise.resolve());
  const ofWholeSystem: Record<string, Record<string, string>> = {
    standalone: {},
    compact: {
      DATABASE_URL: database.url,
      REDIS_URL: testRedisUrl(),
      REDIS_PREFIX: testRedisPrefix(),
      EMBEDDINGS_ENABLED: 'false',
    },
  };
  const env = { PORT: '0', DATA_DIR: join(folder, 'data', image), ...(ofWholeSystem[image] ?? servers) };
  await using process = new TestProcess({ args: [`${path}/dist/main.js`], flags: [], env, cwd });
  await process.waitFor(/"msg":"listening"|The chat is at/);
  expect(process.output).not.toContain('Chroma does not start');
  if (!ofWholeSystem[image]) process.signal('SIGKILL'); // a process without servers would wait for them
  const development = Object.keys(LOCKED).filter((name) => LOCKED[name]!.dev && existsSync(join(cwd, name)));
  expect(development).toEqual([]);
});

test('a heavy operation is planned on the thread of a gateway', async () => {
  const env = {
    PORT: '0',
    MAX_COST: '0',
    MAX_ALIASES: '0',
    MAX_ROOT_FIELDS: '0',
    SUBGRAPH_TIMEOUT_MS: '500',
    SUBGRAPH_URLS: 'identity=http://127.0.0.1:1/graphql',
  };
  await using gateway = new TestProcess({
    args: ['gateway/dist/main.js'],
    flags: [],
    env,
    cwd: join(folder, 'gateway'),
  });
  const [, url] = await gateway.waitFor(/"url":"([^"]+)","msg":"listening"/);
  const headers = { 'content-type': 'application/json' };
  const ask = async () => {
    const response = await fetch(url!, { method: 'POST', headers, body: JSON.stringify({ query: LONG }) });
    return (await response.json()) as { errors: { extensions: { code: string } }[] };
  };
  // Planned, and then refused because no subgraph runs. Without the thread, it would be INTERNAL_SERVER_ERROR.
  const codes = new Set((await ask()).errors.map(({ extensions }) => extensions.code));
  expect([...codes]).toEqual(['SERVICE_UNAVAILABLE']);
  expect(gateway.output).not.toContain('planning thread');
}, 180_000);
