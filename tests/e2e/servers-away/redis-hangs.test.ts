/**
 * Redis does not answer, for everybody or for one kind of process: it is stopped, its link is frozen or slow. What is taken
 * away is gone within a second at every gateway nevertheless, and requests stay fast.
 */
import { startPostgres } from '@chat/kit/embedded/postgres';
import { startRedis } from '@chat/kit/embedded/redis';
import type { EmbeddedService } from '@chat/kit/embedded/service';
import { eventually } from '@chat/kit/testing/eventually';
import { TcpProxy } from '@chat/kit/testing/tcp-proxy';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoginDocument, LogoutDocument, MeDocument, RemoveMemberDocument } from '../../generated/operations';
import { ChatClient } from '../harness/client';
import { type Distributed, startDistributed } from '../harness/distributed';
import { follow } from '../harness/follow';
import { hear, openChannel, PASSWORD, register, send } from '../harness/people';

/** What is promised, in milliseconds. */
const PROMISED_MS = 1_000;

const started = new AsyncDisposableStack();
let redis: EmbeddedService;
let proxies: Record<'gateway' | 'identity' | 'messaging', TcpProxy>;
let system: Distributed;
let ada: ChatClient;
let bob: ChatClient;
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'chat-redis-hangs-'));
  started.defer(() => rm(dir, { recursive: true, force: true }));
  const postgres = started.use(await startPostgres({ dir: join(dir, 'postgres'), isThrowaway: true }));
  redis = started.use(await startRedis({ dir: join(dir, 'redis'), isThrowaway: true }));
  const proxy = async () => started.use(await TcpProxy.start(redis.url));
  proxies = { gateway: await proxy(), identity: await proxy(), messaging: await proxy() };
  const redisUrlOf = Object.fromEntries(Object.entries(proxies).map(([kind, { url }]) => [kind, url]));
  const servers = { databaseUrl: postgres.url, redisUrl: redis.url, redisPrefix: '', redisUrlOf };
  system = started.use(await startDistributed({ ...servers, copies: 2 }));
  ada = started.use(await register(system.urls[0]!, 'ada'));
  bob = started.use(await register(system.urls[1]!, 'bob'));
}, 120_000);
afterAll(() => started.disposeAsync(), 120_000);

/** How long `work` took, in milliseconds. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

let people = 0;

describe.each<[string, () => void, () => void]>([
  ['Redis is stopped', () => process.kill(redis.pid!, 'SIGSTOP'), () => process.kill(redis.pid!, 'SIGCONT')],
  ['gateways are cut off from Redis', () => proxies.gateway.freeze(), () => proxies.gateway.thaw()],
  ['identity is cut off from Redis', () => proxies.identity.freeze(), () => proxies.identity.thaw()],
  ['messaging is cut off from Redis', () => proxies.messaging.freeze(), () => proxies.messaging.thaw()],
  [
    'Redis is slow',
    () => Object.values(proxies).forEach((proxy) => proxy.delay(1_500)),
    () => Object.values(proxies).forEach((proxy) => proxy.delay(0)),
  ],
])('while %s', (_fault, begin, end) => {
  afterEach(end);

  test.each(['at once', 'after a while'])(
    'access that is taken away %s is gone within a second',
    async (when) => {
      const name = `leaver${++people}`;
      await using eve = await register(system.urls[1]!, name);
      const { channelId } = await openChannel(ada, eve, bob);
      const { me } = await eve.request(MeDocument, {});
      const following = await follow(system.urls[1]!, eve.token!, channelId, () =>
        send(ada, channelId, 'still there?'),
      );
      begin();
      if (when === 'after a while') await send(ada, channelId, 'meanwhile');
      if (when === 'after a while') await eventually(async () => following.heard.includes('meanwhile'));
      await ada.request(RemoveMemberDocument, { channelId, userId: me.id });
      const removedAt = performance.now();
      expect((await following.ended).at - removedAt).toBeLessThan(PROMISED_MS);
      await send(ada, channelId, 'a secret');
      end();
      const last = hear(bob, { channelId, cursor: await send(ada, channelId, 'the end') }, 1);
      await send(ada, channelId, 'after the end');
      await last;
      expect(following.heard).not.toContain('a secret');
      following.close();
    },
    60_000,
  );

  test('who logs out is out within a second, with what is open', async () => {
    const name = `leaver${++people}`;
    await using eve = await register(system.urls[1]!, name);
    const { channelId } = await openChannel(ada, eve);
    const following = await follow(system.urls[1]!, eve.token!, channelId, () => send(ada, channelId, 'still there?'));
    begin();
    await eve.request(LogoutDocument, {});
    const leftAt = performance.now();
    const areOut = async () => {
      const answers = system.urls.map(async (url) => {
        await using again = new ChatClient(url, eve.token);
        return (await again.execute(MeDocument, {})).errors?.[0]?.extensions?.['code'] === 'UNAUTHENTICATED';
      });
      return (await Promise.all(answers)).every(Boolean);
    };
    await eventually(areOut);
    expect(performance.now() - leftAt).toBeLessThan(PROMISED_MS);
    expect((await following.ended).at - leftAt).toBeLessThan(PROMISED_MS);
    following.close();
  }, 60_000);

  test('requests and logins stay fast', async () => {
    const { channelId } = await openChannel(ada, bob);
    begin();
    await send(ada, channelId, 'the first one may wait for the end of patience');
    await bob.request(MeDocument, {});
    const identifier = 'ada';
    await ada.request(LoginDocument, { input: { identifier, password: PASSWORD } });
    const costs = [
      await timed(() => send(ada, channelId, 'fast')),
      await timed(() => bob.request(MeDocument, {})),
      await timed(() => ada.request(LoginDocument, { input: { identifier, password: PASSWORD } })),
      await timed(() => register(system.urls[0]!, `newcomer${++people}`)),
    ];
    expect(Math.max(...costs)).toBeLessThan(600);
  }, 60_000);
});
