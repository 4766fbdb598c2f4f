/**
 * The disk below PostgreSQL is slow, or stands still: PostgreSQL's writes and syncs are delayed, its reads are not. Messages wait, or fail with a
 * code that allows a repetition; nothing acknowledged is lost, and nothing is stored twice. All goes on without a restart. slow-disk.test.ts
 * of the files subgraph does the same for uploads.
 */
import { startPostgres } from '@chat/kit/embedded/postgres';
import { startRedis } from '@chat/kit/embedded/redis';
import { eventually } from '@chat/kit/testing/eventually';
import { SlowDisk } from '@chat/kit/testing/slow-disk';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HistoryDocument, SendMessageDocument } from '../../generated/operations';
import { CHAT, type Distributed, startDistributed } from '../../harness/distributed';
import { RemotePerson } from '../../harness/remote-person';

/** Codes of an operation that may be repeated. */
const RETRYABLE = ['SERVICE_UNAVAILABLE', 'TIMEOUT'];
/** Of a write or a sync, in milliseconds: of a slow disk, and of one that stands still. */
const SLOW_MS = 150;
const FOR_EVER_MS = 3_600_000;
/** More than the connections of a process. */
const MANY = 16;

const LISTENING = /"url":"([^"]+)","msg":"listening"/;

const started = new AsyncDisposableStack();
let disk: SlowDisk | undefined;
let system: Distributed;
let ada: RemotePerson;
let bob: RemotePerson;
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'chat-slow-'));
  started.defer(() => rm(dir, { recursive: true, force: true }));
  disk = await SlowDisk.of(join(dir, 'postgres/cluster'));
  if (!disk) return;
  const postgres = started.use(await startPostgres({ dir: join(dir, 'postgres'), env: disk.env }));
  started.use(disk);
  const redis = started.use(await startRedis({ dir: join(dir, 'redis'), isThrowaway: true }));
  const servers = { databaseUrl: postgres.url, redisUrl: redis.url, redisPrefix: '' };
  system = started.use(
    await startDistributed({ ...servers, copies: 1, only: CHAT, env: { DATABASE_POOL_SIZE: String(MANY / 2) } }),
  );
  ada = started.use(await RemotePerson.registers(system.urls[0]!, 'ada'));
  bob = started.use(await RemotePerson.registers(system.urls[0]!, 'bob'));
}, 300_000);
afterAll(() => started.disposeAsync(), 300_000);
afterEach(() => disk?.delay(0));

/** The code of a refusal; undefined if the message was acknowledged. A repetition has the same `clientMutationId`. */
async function send(channelId: string, body: string): Promise<unknown> {
  const input = { channelId, body, clientMutationId: `${channelId} ${body}` };
  const { errors } = await ada.asks(SendMessageDocument, { input });
  return errors?.[0]?.extensions?.['code'];
}

async function history(channelId: string): Promise<string[]> {
  const { channel } = await bob.does(HistoryDocument, { id: channelId, last: 50 });
  return channel.messages.edges.map(({ node }) => node.body);
}

async function isReady(): Promise<boolean> {
  const [, url] = await system.subgraphs['messaging']![0]!.waitFor(LISTENING);
  return (await fetch(new URL('/health/ready', url))).ok;
}

test('a slow disk slows messages down and fails none', async () => {
  if (!disk) return;
  const channel = await ada.opens(bob);
  const { channelId } = channel;
  const bodies = Array.from({ length: MANY }, (_, number) => `slow ${number}`);
  const followed = bob.hears(channel, bodies.length);
  await disk.delay(SLOW_MS);
  expect(await Promise.all(bodies.map((body) => send(channelId, body)))).toEqual(bodies.map(() => undefined));
  expect(await isReady()).toBe(true);
  const heard = (await followed).map(({ body }) => body);
  expect([...heard].sort()).toEqual([...bodies].sort());
  expect((await history(channelId)).slice(1)).toEqual(heard);
}, 120_000);

test('while the disk stands still, messages fail with a code, and none is lost or doubled afterwards', async () => {
  if (!disk) return;
  const channel = await ada.opens(bob);
  const { channelId } = channel;
  const bodies = Array.from({ length: MANY }, (_, number) => `still ${number}`);
  const followed = bob.hears(channel, bodies.length + 1);
  await send(channelId, 'before');
  await disk.delay(FOR_EVER_MS);
  const codes = await Promise.all(bodies.map((body) => send(channelId, body)));
  for (const code of codes) expect(RETRYABLE).toContain(code);
  // Reading goes on, so that the process must not be taken out of service.
  expect(await history(channelId)).toEqual(['hello', 'before']);
  expect(await isReady()).toBe(true);

  await disk.delay(0);
  for (const body of bodies)
    await eventually(async () => (await send(channelId, body)) === undefined, `the sending of "${body}"`);
  await eventually(isReady, 'a process that is ready');
  const heard = (await followed).map(({ body }) => body);
  expect([...heard].sort()).toEqual(['before', ...bodies].sort());
  expect((await history(channelId)).slice(1)).toEqual(heard);
}, 180_000);
