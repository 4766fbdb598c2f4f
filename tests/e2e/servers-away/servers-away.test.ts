/** PostgreSQL and Redis are killed under the distributed system: what fails, fails with a code; nothing is lost; nothing needs a restart. */
import { startPostgres } from '@chat/kit/embedded/postgres';
import { startRedis } from '@chat/kit/embedded/redis';
import type { EmbeddedService } from '@chat/kit/embedded/service';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HistoryDocument, SendMessageDocument } from '../../generated/operations';
import { type ChatClient } from '../harness/client';
import { startDistributed } from '../harness/distributed';
import { hear, openChannel, register, send } from '../harness/people';

const started = new AsyncDisposableStack();
let postgres: EmbeddedService;
let redis: EmbeddedService;
let ada: ChatClient;
let bob: ChatClient;
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'chat-servers-away-'));
  started.defer(() => rm(dir, { recursive: true, force: true }));
  postgres = started.use(await startPostgres({ dir: join(dir, 'postgres'), isThrowaway: true }));
  redis = started.use(await startRedis({ dir: join(dir, 'redis'), isThrowaway: true }));
  const servers = { databaseUrl: postgres.url, redisUrl: redis.url, redisPrefix: '' };
  const { urls } = started.use(await startDistributed({ ...servers, copies: 2 }));
  ada = started.use(await register(urls[0]!, 'ada'));
  bob = started.use(await register(urls[1]!, 'bob'));
}, 120_000);
afterAll(() => started.disposeAsync(), 120_000);

test('while Redis is killed messages are sent, and after it is back every subscriber has each once, in order', async () => {
  const channel = await openChannel(ada, bob);
  const bodies = Array.from({ length: 60 }, (_, index) => `message ${index}`);
  const heard = Promise.all([ada, bob, bob].map((client) => hear(client, channel, bodies.length)));
  for (const [index, body] of bodies.entries()) {
    if (index === 20) await redis.kill();
    if (index === 40) await redis.start();
    await send(ada, channel.channelId, body);
  }
  for (const messages of await heard) {
    expect(messages.map(({ body }) => body)).toEqual(bodies);
    expect(messages.map(({ seq }) => seq)).toEqual(bodies.map((_, index) => index + 2));
  }
}, 120_000);

test('while PostgreSQL is killed requests fail with a code, and subscriptions and requests go on when it is back', async () => {
  const channel = await openChannel(ada, bob);
  const heard = hear(bob, channel, 2);
  await send(ada, channel.channelId, 'before');

  await postgres.kill();
  const input = { channelId: channel.channelId, body: 'meanwhile' };
  const failed = await ada.execute(SendMessageDocument, { input });
  expect(failed.errors?.[0]?.extensions?.['code']).toBe('SERVICE_UNAVAILABLE');
  await postgres.start();

  await eventually(async () => (await ada.execute(HistoryDocument, { id: channel.channelId, last: 1 })).data?.channel);
  await send(ada, channel.channelId, 'after');
  expect((await heard).map(({ body }) => body)).toEqual(['before', 'after']);
}, 120_000);

/** Asks again until there is an answer; the test's own time limit ends it. */
async function eventually(ask: () => Promise<unknown>): Promise<void> {
  while (!(await ask()));
}
