/**
 * A role that is lost reaches open subscriptions within a second, also while gateways do not hear Redis: fields that
 * need the role are refused in later events. The subscription itself stays.
 */
import { startPostgres } from '@chat/kit/embedded/postgres';
import { startRedis } from '@chat/kit/embedded/redis';
import { eventually, inTime } from '@chat/kit/testing/eventually';
import { TcpProxy } from '@chat/kit/testing/tcp-proxy';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { AssignRoleDocument, RevokeRoleDocument } from '../../generated/operations';
import { CHAT, type Distributed, startDistributed } from '../../harness/distributed';
import { RemotePerson } from '../../harness/remote-person';

const ADMIN_PASSWORD = 'seven copper kettles';
/** The promised deadline, in milliseconds. */
const PROMISED_MS = 1_000;

const started = new AsyncDisposableStack();
let proxy: TcpProxy;
let system: Distributed;
let admin: RemotePerson;
let ada: RemotePerson;
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'chat-lost-role-'));
  started.defer(() => rm(dir, { recursive: true, force: true }));
  const postgres = started.use(await startPostgres({ dir: join(dir, 'postgres'), isThrowaway: true }));
  const redis = started.use(await startRedis({ dir: join(dir, 'redis'), isThrowaway: true }));
  proxy = started.use(await TcpProxy.start(redis.url));
  system = started.use(
    await startDistributed({
      databaseUrl: postgres.url,
      redisUrl: redis.url,
      redisUrlOf: { gateway: proxy.url },
      redisPrefix: '',
      copies: 1,
      only: CHAT,
      env: { ADMIN_PASSWORD },
    }),
  );
  admin = started.use(await RemotePerson.logsIn(system.urls[0]!, 'admin', ADMIN_PASSWORD));
  ada = started.use(await RemotePerson.registers(system.urls[0]!, 'ada'));
}, 300_000);
afterAll(() => started.disposeAsync(), 300_000);
afterEach(() => proxy.thaw());

const WITH_WORDS = `subscription ($channelId: ID!) {
  messageAdded(channelId: $channelId) { body channel { name filteredWords } }
}`;

/** An event: with the words, or refused. */
interface Heard {
  body: string | undefined;
  words: string[] | undefined;
  code: unknown;
}

/** Follows a channel's messages with its filtered words, which only moderators see. */
async function follow(person: RemotePerson, channelId: string) {
  const socket = createClient({
    url: system.urls[0]!.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${person.token}` },
    retryAttempts: 0,
  });
  const heard: Heard[] = [];
  let failure: unknown;
  socket.subscribe<{ messageAdded: { body: string; channel: { filteredWords: string[] } } }>(
    { query: WITH_WORDS, variables: { channelId } },
    {
      next: ({ data, errors }) =>
        void heard.push({
          body: data?.messageAdded.body,
          words: data?.messageAdded.channel.filteredWords,
          code: errors?.[0]?.extensions?.['code'],
        }),
      error: (error) => (failure = error),
      complete: () => undefined,
    },
  );
  await eventually(async () => {
    expect(failure).toBeUndefined();
    await ada.sends(channelId, 'still there?');
    return heard.length > 0;
  }, 'a message through the subscription');
  return { heard, close: () => void socket.dispose() };
}

let people = 0;

test.each<[string, begin: () => void]>([
  ['gateways hear Redis', () => undefined],
  ['the links of gateways to Redis are frozen', () => proxy.freeze()],
])(
  'while %s, a moderator who loses the role stops seeing what moderators see',
  async (_fault, begin) => {
    await using eve = await RemotePerson.registers(system.urls[0]!, `warden${++people}`);
    const { channelId } = await ada.opens(eve);
    await admin.does(AssignRoleDocument, { userId: eve.id, role: 'MODERATOR' });
    const following = await follow(eve, channelId);
    expect(following.heard.at(-1)!.words).toEqual([]);
    begin();
    await ada.sends(channelId, 'during the fault');
    await eventually(() => following.heard.at(-1)!.body === 'during the fault', 'the message during the fault');
    expect(following.heard.at(-1)!.words).toEqual([]);

    await admin.does(RevokeRoleDocument, { userId: eve.id, role: 'MODERATOR' });
    const lostAt = performance.now();
    const sentAt: number[] = [];
    const isOut = async () => {
      sentAt.push(performance.now());
      await ada.sends(channelId, `secret ${sentAt.length - 1}`);
      return following.heard.at(-1)!.code === 'FORBIDDEN';
    };
    await inTime('an event without the words', eventually(isOut, 'an event without the words', 30_000), 40_000);
    const seen = following.heard.flatMap(({ body }) => (body?.startsWith('secret') ? Number(body.slice(7)) : []));
    for (const index of seen) expect(sentAt[index]! - lostAt).toBeLessThan(PROMISED_MS);
    following.close();
  },
  90_000,
);
