/**
 * Redis does not answer, for all processes or for one kind: it is stopped, or its link is frozen or slow. Revoked access
 * still ends within a second at every gateway, and requests stay fast.
 */
import { startPostgres } from '@chat/kit/embedded/postgres';
import { startRedis } from '@chat/kit/embedded/redis';
import type { EmbeddedService } from '@chat/kit/embedded/service';
import { eventually, inTime } from '@chat/kit/testing/eventually';
import { TcpProxy } from '@chat/kit/testing/tcp-proxy';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LoginDocument, LogoutDocument, MeDocument, RemoveMemberDocument } from '../../generated/operations';
import { CHAT, type Distributed, startDistributed } from '../../harness/distributed';
import { follow } from '../../harness/follow';
import { PASSWORD, RemotePerson } from '../../harness/remote-person';
import { deadline } from '../../harness/slowness';

/** The promised deadline of revocations, in milliseconds. */
const PROMISED_MS = 1_000;

const started = new AsyncDisposableStack();
let redis: EmbeddedService;
let proxies: Record<'gateway' | 'identity' | 'messaging', TcpProxy>;
let system: Distributed;
let ada: RemotePerson;
let bob: RemotePerson;
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'chat-redis-hangs-'));
  started.defer(() => rm(dir, { recursive: true, force: true }));
  const postgres = started.use(await startPostgres({ dir: join(dir, 'postgres'), isThrowaway: true }));
  redis = started.use(await startRedis({ dir: join(dir, 'redis'), isThrowaway: true }));
  const proxy = async () => started.use(await TcpProxy.start(redis.url));
  proxies = { gateway: await proxy(), identity: await proxy(), messaging: await proxy() };
  const redisUrlOf = Object.fromEntries(Object.entries(proxies).map(([kind, { url }]) => [kind, url]));
  const servers = { databaseUrl: postgres.url, redisUrl: redis.url, redisPrefix: '', redisUrlOf };
  system = started.use(await startDistributed({ ...servers, copies: 2, only: CHAT }));
  ada = started.use(await RemotePerson.registers(system.urls[0]!, 'ada'));
  bob = started.use(await RemotePerson.registers(system.urls[1]!, 'bob'));
}, 300_000);
afterAll(() => started.disposeAsync(), 300_000);

/** The duration of `work`, in milliseconds. */
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
    'access that is revoked %s ends within a second',
    async (when) => {
      const deadlineMs = await deadline(PROMISED_MS, ada, system.urls[1]!);
      const name = `leaver${++people}`;
      await using eve = await RemotePerson.registers(system.urls[1]!, name);
      const { channelId } = await ada.opens(eve, bob);
      const { me } = await eve.does(MeDocument, {});
      const following = await follow(system.urls[1]!, eve.token!, channelId, () =>
        ada.sends(channelId, 'still there?'),
      );
      begin();
      if (when === 'after a while') await ada.sends(channelId, 'meanwhile');
      if (when === 'after a while')
        await eventually(() => following.heard.includes('meanwhile'), 'the message during the fault');
      await ada.does(RemoveMemberDocument, { channelId, userId: me.id });
      const removedAt = performance.now();
      expect((await inTime('the end of the subscription', following.ended)).at - removedAt).toBeLessThan(deadlineMs);
      await ada.sends(channelId, 'a secret');
      end();
      const { cursor } = await ada.sends(channelId, 'the end', { select: 'cursor' });
      const last = bob.hears({ channelId, cursor }, 1);
      await ada.sends(channelId, 'after the end');
      await last;
      expect(following.heard).not.toContain('a secret');
      following.close();
    },
    60_000,
  );

  test('a logout ends the session and its subscriptions within a second', async () => {
    const deadlineMs = await deadline(PROMISED_MS, ada, system.urls[1]!);
    const name = `leaver${++people}`;
    await using eve = await RemotePerson.registers(system.urls[1]!, name);
    const { channelId } = await ada.opens(eve);
    const following = await follow(system.urls[1]!, eve.token!, channelId, () => ada.sends(channelId, 'still there?'));
    begin();
    await eve.does(LogoutDocument, {});
    const leftAt = performance.now();
    const areOut = async () => {
      const answers = system.urls.map(async (url) => {
        await using again = new RemotePerson(url, eve.token);
        return (await again.asks(MeDocument, {})).errors?.[0]?.extensions?.['code'] === 'UNAUTHENTICATED';
      });
      return (await Promise.all(answers)).every(Boolean);
    };
    await eventually(areOut, 'refusals at both gateways');
    expect(performance.now() - leftAt).toBeLessThan(deadlineMs);
    expect((await inTime('the end of the subscription', following.ended)).at - leftAt).toBeLessThan(deadlineMs);
    following.close();
  }, 60_000);

  test('requests and logins stay fast', async () => {
    const { channelId } = await ada.opens(bob);
    const login = () => ada.does(LoginDocument, { input: { identifier: 'ada', password: PASSWORD } });
    const slowest = async () =>
      Math.max(
        await timed(() => ada.sends(channelId, 'fast')),
        await timed(() => bob.does(MeDocument, {})),
        await timed(login),
        await timed(() => RemotePerson.registers(system.urls[0]!, `newcomer${++people}`)),
      );
    const before = await slowest();
    begin();
    await ada.sends(channelId, 'the first one may wait for the end of patience');
    await bob.does(MeDocument, {});
    await login();
    // Waiting for Redis would add seconds; a busy machine slows the requests before the fault, too.
    expect(await slowest()).toBeLessThan(600 + 3 * before);
  }, 60_000);
});
