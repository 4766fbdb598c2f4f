/**
 * Two faults at once: Redis does not answer, and the gateway's link to identity or messaging is frozen as well. A member who was
 * removed sees no message that is sent more than a second later, neither during the faults nor after them.
 */
import { startPostgres } from '@chat/kit/embedded/postgres';
import { startRedis } from '@chat/kit/embedded/redis';
import { inTime } from '@chat/kit/testing/eventually';
import { TcpProxy } from '@chat/kit/testing/tcp-proxy';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MeDocument, RemoveMemberDocument } from '../../generated/operations';
import { type Distributed, startDistributed } from '../../harness/distributed';
import { follow } from '../../harness/follow';
import { RemotePerson } from '../../harness/remote-person';
import { deadline } from '../../harness/slowness';

/** The promise, in milliseconds. */
const PROMISED_MS = 1_000;
/** How long messages are sent after the removal while the faults last, in milliseconds: long enough for leases and retries. */
const FAULTY_MS = 4_000;
const PAUSE_MS = 50;

const started = new AsyncDisposableStack();
let redisProxy: TcpProxy;
/** Between the second gateway and the subgraphs that it calls. */
const links: Record<string, TcpProxy> = {};
let system: Distributed;
let ada: RemotePerson;
let bob: RemotePerson;
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'chat-two-faults-'));
  started.defer(() => rm(dir, { recursive: true, force: true }));
  const postgres = started.use(await startPostgres({ dir: join(dir, 'postgres'), isThrowaway: true }));
  const redis = started.use(await startRedis({ dir: join(dir, 'redis'), isThrowaway: true }));
  redisProxy = started.use(await TcpProxy.start(redis.url));
  system = started.use(
    await startDistributed({
      databaseUrl: postgres.url,
      redisUrl: redis.url,
      redisPrefix: '',
      redisUrlOf: { gateway: redisProxy.url },
      async route(subgraph, index, url) {
        if (index === 0) return url;
        links[subgraph] = started.use(await TcpProxy.start(url));
        return links[subgraph].url.replace(/\/$/, '');
      },
      copies: 2,
    }),
  );
  ada = started.use(await RemotePerson.registers(system.urls[0]!, 'ada'));
  bob = started.use(await RemotePerson.registers(system.urls[1]!, 'bob'));
}, 300_000);
afterAll(() => started.disposeAsync(), 300_000);

const freezeRedis = () => redisProxy.freeze();
const freezeIdentity = () => links['identity']!.freeze();
const freezeMessaging = () => links['messaging']!.freeze();

let people = 0;

describe.each<[string, first: () => void, second: () => void]>([
  ['Redis, then the link to identity', freezeRedis, freezeIdentity],
  ['the link to identity, then Redis', freezeIdentity, freezeRedis],
  ['Redis, then the link to messaging', freezeRedis, freezeMessaging],
  ['the link to messaging, then Redis', freezeMessaging, freezeRedis],
])('while %s are frozen', (_faults, first, second) => {
  const thaw = (order: TcpProxy[]) => order.forEach((proxy) => proxy.thaw());
  afterEach(() => thaw([redisProxy, ...Object.values(links)]));

  test.each<[string, when: number, order: () => TcpProxy[]]>([
    ['before the second fault, and Redis thaws last', 1, () => [...Object.values(links), redisProxy]],
    ['before the second fault, and Redis thaws first', 1, () => [redisProxy, ...Object.values(links)]],
    ['after both faults, and Redis thaws last', 2, () => [...Object.values(links), redisProxy]],
    ['after both faults, and Redis thaws first', 2, () => [redisProxy, ...Object.values(links)]],
  ])(
    'a member who is removed %s sees nothing more',
    async (_name, when, order) => {
      const deadlineMs = await deadline(PROMISED_MS, ada, system.urls[1]!);
      await using eve = await RemotePerson.registers(system.urls[1]!, `leaver${++people}`);
      const { channelId } = await ada.opens(eve, bob);
      const { me } = await eve.does(MeDocument, {});
      const following = await follow(system.urls[1]!, eve.token!, channelId, () => ada.sends(channelId, 'hello'));
      const late: string[] = [];

      first();
      if (when === 2) second();
      await ada.does(RemoveMemberDocument, { channelId, userId: me.id });
      const removedAt = performance.now();
      if (when === 1) second();
      for (let index = 0; performance.now() - removedAt < FAULTY_MS; index++) {
        const body = `secret ${index}`;
        if (performance.now() - removedAt > deadlineMs) late.push(body);
        await ada.sends(channelId, body);
        await delay(PAUSE_MS);
      }
      const { cursor } = await ada.sends(channelId, 'the faults end', { select: 'cursor' });
      for (const proxy of order()) {
        proxy.thaw();
        late.push('after a thaw');
        await ada.sends(channelId, 'after a thaw');
        await delay(PAUSE_MS);
      }
      const last = bob.hears({ channelId, cursor }, 2); // by the gateway that eve follows
      await last;
      expect(late.length).toBeGreaterThan(3);
      expect(following.heard.filter((body) => late.includes(body))).toEqual([]);
      await inTime('the end of the subscription', following.ended);
      following.close();
    },
    60_000,
  );
});
