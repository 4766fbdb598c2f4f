/** What ends or changes at one gateway has ended or changed at the other: sessions with their subscriptions, API keys, roles. */
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
import { ChatClient } from '../harness/client';
import { type Distributed, startDistributed } from '../harness/distributed';
import { openChannel, PASSWORD, send } from '../harness/people';

const ADMIN_PASSWORD = 'seven copper kettles';

let database: TestDatabase;
let system: Distributed;
let admin: ChatClient;
const clients: ChatClient[] = [];
beforeAll(async () => {
  database = await createTestDatabase('empty', () => Promise.resolve());
  system = await startDistributed({
    databaseUrl: database.url,
    redisUrl: testRedisUrl(),
    redisPrefix: testRedisPrefix(),
    copies: 2,
    env: { ADMIN_PASSWORD },
  });
  admin = await login('admin', ADMIN_PASSWORD);
}, 120_000);
afterAll(async () => {
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  await system[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
}, 120_000);

function client(gateway: number, token?: string): ChatClient {
  const made = new ChatClient(system.urls[gateway]!, token);
  clients.push(made);
  return made;
}

async function login(identifier: string, password: string): Promise<ChatClient> {
  const { login: session } = await client(0).request(LoginDocument, { input: { identifier, password } });
  return client(0, session.accessToken);
}

/** The same person, with the same token, at both gateways. */
async function register(
  username: string,
): Promise<{ id: string; accessToken: string; here: ChatClient; there: ChatClient }> {
  const input = { username, email: `${username}@example.org`, password: PASSWORD };
  const { register: session } = await client(0).request(RegisterDocument, { input });
  const { accessToken, user } = session;
  return { id: user.id, accessToken, here: client(0, accessToken), there: client(1, accessToken) };
}

const codeOf = async (answer: Promise<{ errors?: readonly { extensions?: Record<string, unknown> }[] }>) =>
  (await answer).errors?.[0]?.extensions?.['code'];

/** Follows a channel at the second gateway by a client that does not come back. Resolves when `say` is heard. */
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
  // An error, the end of the stream, and the end of the whole socket are all an end; an interruption is none.
  const nextMessage = async (): Promise<object | undefined> => {
    const { done, value } = await events.next().catch(() => ({ done: true, value: undefined }));
    if (done || !value) return undefined;
    if (value.errors?.[0]?.extensions?.['code'] === 'SUBSCRIPTION_INTERRUPTED') return nextMessage();
    return value.data?.messageAdded;
  };
  let isSettled = false;
  const first = nextMessage().finally(() => (isSettled = true));
  while (!isSettled) await say();
  expect(await first).toBeDefined();
  const ended = (async () => {
    while (await nextMessage());
    await socket.dispose();
  })();
  return { ended };
}

const sessionOf = async (client: ChatClient) =>
  (await client.request(OwnSessionsDocument, {})).me.sessions.find(({ current }) => current)!.id;

test.each<[string, (session: { leaving: ChatClient; other: ChatClient }) => Promise<unknown>]>([
  ['by itself', ({ leaving }) => leaving.request(LogoutDocument, {})],
  [
    'by another session of the account',
    async ({ leaving, other }) => other.request(RevokeSessionDocument, { id: await sessionOf(leaving) }),
  ],
  [
    'by an administrator',
    async ({ leaving }) => admin.request(RevokeSessionDocument, { id: await sessionOf(leaving) }),
  ],
])('a live subscription of a session that is ended %s at the other gateway ends', async (how, end) => {
  const name = `leaver-${how.split(' ').at(-1)}`;
  const { here: other } = await register(name);
  const { channelId } = await openChannel(other);
  const { login: session } = await client(0).request(LoginDocument, {
    input: { identifier: name, password: PASSWORD },
  });
  const { ended } = await followThere(session.accessToken, channelId, () => send(other, channelId, 'still there?'));
  await end({ leaving: client(0, session.accessToken), other });
  await ended;
  expect(await codeOf(client(1, session.accessToken).execute(MeDocument, {}))).toBe('UNAUTHENTICATED');
  expect(await codeOf(other.execute(MeDocument, {}))).toBeUndefined();
});

test('a live subscription by a grant that is taken at the other gateway ends, and the channel is gone there', async () => {
  const [owner, reader] = await Promise.all([register('owner'), register('reader')]);
  const input = { name: 'vault', type: 'PRIVATE' as const };
  const { createChannel } = await owner.here.request(CreateChannelDocument, { input });
  const { id: channelId } = createChannel;
  const { grantPermission } = await admin.request(GrantPermissionDocument, {
    input: { userId: reader.id, resourceType: 'Channel', resourceId: channelId, permission: 'READ' },
  });
  const { ended } = await followThere(reader.accessToken, channelId, () => send(owner.here, channelId, 'still there?'));
  await admin.request(RevokePermissionDocument, { id: grantPermission.id });
  await ended;
  expect(await codeOf(reader.there.execute(HistoryDocument, { id: channelId, last: 1 }))).toBe('NOT_FOUND');
});

test('a role that is given and taken at one gateway is there and gone at the other, for the same token', async () => {
  const { id, there } = await register('climber');
  expect(await codeOf(there.execute(SettingsDocument, {}))).toBe('FORBIDDEN');
  await admin.request(AssignRoleDocument, { userId: id, role: 'ADMIN' });
  expect(await codeOf(there.execute(SettingsDocument, {}))).toBeUndefined();
  await admin.request(RevokeRoleDocument, { userId: id, role: 'ADMIN' });
  expect(await codeOf(there.execute(SettingsDocument, {}))).toBe('FORBIDDEN');
});

test('an API key works at every gateway, until it is revoked at one', async () => {
  const { here } = await register('scripter');
  const input = { name: 'script', permissions: ['READ' as const] };
  const { createApiKey } = await here.request(CreateApiKeyDocument, { input });
  const script = client(1, createApiKey.secret);
  expect((await script.request(MeDocument, {})).me.username).toBe('scripter');
  await here.request(RevokeApiKeyDocument, { id: createApiKey.apiKey.id });
  expect(await codeOf(script.execute(MeDocument, {}))).toBe('UNAUTHENTICATED');
});
