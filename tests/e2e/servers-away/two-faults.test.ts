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
import { CHAT, type Distributed, startDistributed } from '../../harness/distributed';
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
      only: CHAT,
    }),
  );
  ada = started.use(await RemotePerson.registers(system.urls[0]!, 'ada'));
  bob = started.use(await RemotePerson.registers(system.urls[1]!, 'bob'));
}, 300_000);
afterAll(() => started.disposeAsync(), 300_000);

const freezeRedis = () => redisProxy.freeze();
const freezeIdentity = () => links['identity']!.freeze();
const freezeMessaging = () => links['messaging']!.freeze();

let joined = 0;

/** Of a channel of its own, which it follows by the second gateway. */
async function startMember(people: AsyncDisposableStack) {
  const person = people.use(await RemotePerson.registers(system.urls[1]!, `leaver${++joined}`));
  const { channelId } = await ada.opens(person, bob);
  const { me } = await person.does(MeDocument, {});
  const following = await follow(system.urls[1]!, person.token!, channelId, () => ada.sends(channelId, 'hello'));
  /** `late` holds the messages that it must not see. */
  return { id: me.id, channelId, following, removedAt: 0, late: [] as string[] };
}
type Member = Awaited<ReturnType<typeof startMember>>;

describe.each<[string, first: () => void, second: () => void]>([
  ['Redis, then the link to identity', freezeRedis, freezeIdentity],
  ['the link to identity, then Redis', freezeIdentity, freezeRedis],
  ['Redis, then the link to messaging', freezeRedis, freezeMessaging],
  ['the link to messaging, then Redis', freezeMessaging, freezeRedis],
])('while %s are frozen', (_faults, first, second) => {
  const thaw = (order: TcpProxy[]) => order.forEach((proxy) => proxy.thaw());
  afterEach(() => thaw([redisProxy, ...Object.values(links)]));

  test.each<[string, order: () => TcpProxy[]]>([
    ['last', () => [...Object.values(links), redisProxy]],
    ['first', () => [redisProxy, ...Object.values(links)]],
  ])(
    'members who are removed before the second fault and after both see nothing more, and Redis thaws %s',
    async (_name, order) => {
      const deadlineMs = await deadline(PROMISED_MS, ada, system.urls[1]!);
      await using people = new AsyncDisposableStack();
      const [before, after] = [await startMember(people), await startMember(people)];
      const members = [before, after];
      const remove = async (member: Member) => {
        await ada.does(RemoveMemberDocument, { channelId: member.channelId, userId: member.id });
        member.removedAt = performance.now();
      };

      first();
      await remove(before);
      second();
      await remove(after);
      for (let index = 0; performance.now() - after.removedAt < FAULTY_MS; index++) {
        const body = `secret ${index}`;
        for (const { removedAt, late } of members) if (performance.now() - removedAt > deadlineMs) late.push(body);
        await Promise.all(members.map(({ channelId }) => ada.sends(channelId, body)));
        await delay(PAUSE_MS);
      }
      const cursors = await Promise.all(
        members.map(({ channelId }) => ada.sends(channelId, 'the faults end', { select: 'cursor' })),
      );
      for (const proxy of order()) {
        proxy.thaw();
        for (const { late } of members) late.push('after a thaw');
        await Promise.all(members.map(({ channelId }) => ada.sends(channelId, 'after a thaw')));
        await delay(PAUSE_MS);
      }
      for (const [index, { channelId, late, following }] of members.entries()) {
        await bob.hears({ channelId, cursor: cursors[index]!.cursor }, 2); // by the gateway that they follow
        expect(late.length).toBeGreaterThan(3);
        expect(following.heard.filter((body) => late.includes(body))).toEqual([]);
        await inTime('the end of the subscription', following.ended);
        following.close();
      }
    },
    60_000,
  );
});
