/** What ends or changes at one gateway has ended or changed at the other: sessions with their subscriptions, API keys, roles. */
import { createTestDatabase, type TestDatabase } from '@chat/kit/testing/test-database';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { print } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import {
  AssignRoleDocument,
  CreateApiKeyDocument,
  LoginDocument,
  LogoutDocument,
  MeDocument,
  MessageAddedDocument,
  RegisterDocument,
  RevokeApiKeyDocument,
  RevokeRoleDocument,
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

test('a live subscription of a session that has ended at the other gateway ends', async () => {
  const { accessToken, here, there } = await register('leaver');
  const { channelId, cursor } = await openChannel(here);
  const socket = createClient({
    url: system.urls[1]!.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${accessToken}` },
    retryAttempts: 0,
  });
  const events = socket.iterate({ query: print(MessageAddedDocument), variables: { channelId, after: cursor } });
  await send(here, channelId, 'one');
  expect((await events.next()).value).toHaveProperty('data.messageAdded.body', 'one');
  const end = events.next().then(
    ({ done, value }) => Boolean(done) || value?.errors !== undefined,
    () => true, // the whole socket was closed
  );
  await here.request(LogoutDocument, {});
  expect(await end).toBe(true);
  await socket.dispose();
  expect(await codeOf(there.execute(MeDocument, {}))).toBe('UNAUTHENTICATED');
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
