/** Revocations at one gateway take effect at the other: sessions with their subscriptions, API keys, roles. */
import { eventually, inTime } from '@chat/kit/testing/eventually';
import { createTestDatabase, type TestDatabase } from '@chat/kit/testing/test-database';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { print } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import {
  AssignRoleDocument,
  CreateApiKeyDocument,
  CreateChannelDocument,
  GrantPermissionDocument,
  HistoryDocument,
  LoginDocument,
  LogoutDocument,
  MeDocument,
  MessageAddedDocument,
  OwnSessionsDocument,
  RegisterDocument,
  RevokeApiKeyDocument,
  RevokePermissionDocument,
  RevokeRoleDocument,
  RevokeSessionDocument,
  SettingsDocument,
} from '../../generated/operations';
import { CHAT, type Distributed, startDistributed } from '../../harness/distributed';
import { PASSWORD, RemotePerson } from '../../harness/remote-person';

const ADMIN_PASSWORD = 'seven copper kettles';

let database: TestDatabase;
let system: Distributed;
let admin: RemotePerson;
const clients: RemotePerson[] = [];
beforeAll(async () => {
  database = await createTestDatabase('empty', () => Promise.resolve());
  system = await startDistributed({
    databaseUrl: database.url,
    redisUrl: testRedisUrl(),
    redisPrefix: testRedisPrefix(),
    copies: 2,
    only: CHAT,
    env: { ADMIN_PASSWORD },
  });
  admin = await login('admin', ADMIN_PASSWORD);
}, 300_000);
afterAll(async () => {
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  await system[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
}, 300_000);

function client(gateway: number, token?: string): RemotePerson {
  const made = new RemotePerson(system.urls[gateway]!, token);
  clients.push(made);
  return made;
}

async function login(identifier: string, password: string): Promise<RemotePerson> {
  const { login: session } = await client(0).does(LoginDocument, { input: { identifier, password } });
  return client(0, session.accessToken);
}

/** The same person, with the same token, at both gateways. */
async function register(
  username: string,
): Promise<{ id: string; accessToken: string; here: RemotePerson; there: RemotePerson }> {
  const input = { username, email: `${username}@example.org`, password: PASSWORD };
  const { register: session } = await client(0).does(RegisterDocument, { input });
  const { accessToken, user } = session;
  return { id: user.id, accessToken, here: client(0, accessToken), there: client(1, accessToken) };
}

const codeOf = async (answer: Promise<{ errors?: readonly { extensions?: Record<string, unknown> }[] }>) =>
  (await answer).errors?.[0]?.extensions?.['code'];

/** Follows a channel at the second gateway with a client that does not reconnect. Resolves when a message of `say` arrives. */
async function followThere(accessToken: string, channelId: string, say: () => Promise<unknown>) {
  const socket = createClient({
    url: system.urls[1]!.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${accessToken}` },
    retryAttempts: 0,
  });
  const events = socket.iterate<{ messageAdded: object }>({
    query: print(MessageAddedDocument),
    variables: { channelId },
  });
  // An error, the end of the stream and the end of the socket all count as the end; an interruption does not.
  const nextMessage = async (): Promise<object | undefined> => {
    const { done, value } = await events.next().catch(() => ({ done: true, value: undefined }));
    if (done || !value) return undefined;
    if (value.errors?.[0]?.extensions?.['code'] === 'SUBSCRIPTION_INTERRUPTED') return nextMessage();
    return value.data?.messageAdded;
  };
  let isSettled = false;
  const first = nextMessage().finally(() => (isSettled = true));
  await eventually(async () => {
    await say();
    return isSettled;
  }, 'a message through the subscription');
  expect(await first).toBeDefined();
  const ended = (async () => {
    while (await nextMessage());
    await socket.dispose();
  })();
  return { ended };
}

const sessionOf = async (client: RemotePerson) =>
  (await client.does(OwnSessionsDocument, {})).me.sessions.find(({ current }) => current)!.id;

test.each<[string, (session: { leaving: RemotePerson; other: RemotePerson }) => Promise<unknown>]>([
  ['by itself', ({ leaving }) => leaving.does(LogoutDocument, {})],
  [
    'by another session of the account',
    async ({ leaving, other }) => other.does(RevokeSessionDocument, { id: await sessionOf(leaving) }),
  ],
  ['by an administrator', async ({ leaving }) => admin.does(RevokeSessionDocument, { id: await sessionOf(leaving) })],
])('a live subscription of a session that is ended %s at the other gateway ends', async (how, end) => {
  const name = `leaver-${how.split(' ').at(-1)}`;
  const { here: other } = await register(name);
  const { channelId } = await other.opens();
  const { login: session } = await client(0).does(LoginDocument, {
    input: { identifier: name, password: PASSWORD },
  });
  const { ended } = await followThere(session.accessToken, channelId, () => other.sends(channelId, 'still there?'));
  await end({ leaving: client(0, session.accessToken), other });
  await inTime('the end of the subscription', ended);
  expect(await codeOf(client(1, session.accessToken).asks(MeDocument, {}))).toBe('UNAUTHENTICATED');
  expect(await codeOf(other.asks(MeDocument, {}))).toBeUndefined();
});

test('a live subscription by a grant ends when the grant is revoked at the other gateway, and the channel is hidden', async () => {
  const [owner, reader] = await Promise.all([register('owner'), register('reader')]);
  const input = { name: 'vault', type: 'PRIVATE' as const };
  const { createChannel } = await owner.here.does(CreateChannelDocument, { input });
  const { id: channelId } = createChannel;
  const { grantPermission } = await admin.does(GrantPermissionDocument, {
    input: { userId: reader.id, resourceType: 'Channel', resourceId: channelId, permission: 'READ' },
  });
  const { ended } = await followThere(reader.accessToken, channelId, () => owner.here.sends(channelId, 'still there?'));
  await admin.does(RevokePermissionDocument, { id: grantPermission.id });
  await inTime('the end of the subscription', ended);
  expect(await codeOf(reader.there.asks(HistoryDocument, { id: channelId, last: 1 }))).toBe('NOT_FOUND');
});

test('a role that is assigned and revoked at one gateway takes effect at the other, for the same token', async () => {
  const { id, there } = await register('climber');
  expect(await codeOf(there.asks(SettingsDocument, {}))).toBe('FORBIDDEN');
  await admin.does(AssignRoleDocument, { userId: id, role: 'ADMIN' });
  expect(await codeOf(there.asks(SettingsDocument, {}))).toBeUndefined();
  await admin.does(RevokeRoleDocument, { userId: id, role: 'ADMIN' });
  expect(await codeOf(there.asks(SettingsDocument, {}))).toBe('FORBIDDEN');
});

test('an API key works at every gateway until it is revoked at one', async () => {
  const { here } = await register('scripter');
  const input = { name: 'script', permissions: ['READ' as const] };
  const { createApiKey } = await here.does(CreateApiKeyDocument, { input });
  const script = client(1, createApiKey.secret);
  expect((await script.does(MeDocument, {})).me.username).toBe('scripter');
  await here.does(RevokeApiKeyDocument, { id: createApiKey.apiKey.id });
  expect(await codeOf(script.asks(MeDocument, {}))).toBe('UNAUTHENTICATED');
});
