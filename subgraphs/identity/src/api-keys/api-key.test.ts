/** API keys: scope, owners, expiry, and introspection by gateways. */
import { API_KEY_PREFIX, httpEndedSessions, httpIntrospector } from '@chat/identity-client/sessions/introspection';
import { ViewerHeader } from '@chat/kit/auth/viewer-header';
import { serveSubgraph } from '@chat/kit/graphql/subgraph-server';
import { createLogger } from '@chat/kit/logging';
import { administratorOf } from '../testing/administrator';
import { startIdentity, type IdentityUnderTest, type Login } from '../testing/identity-under-test';

let identity: IdentityUnderTest;
let admin: Login;
let ada: Login;
beforeAll(async () => {
  identity = await startIdentity();
  admin = await administratorOf(identity);
  ada = await identity.register('ada');
});
afterAll(() => identity[Symbol.asyncDispose]());

interface Created {
  createApiKey: { secret: string; apiKey: { id: string; lastUsedAt: string | null } };
}
const create = (input: Record<string, unknown>, as: Login = ada) =>
  identity.ask<Created>(
    'mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id name permissions expiresAt lastUsedAt } } }',
    { input: { name: 'script', permissions: ['READ'], ...input } },
    as.accessToken,
  );
const introspect = (token: string) => identity.identity.introspectToken(token);
const revoke = (id: string, as: Login = ada) =>
  identity.ask('mutation ($id: ID!) { revokeApiKey(id: $id) }', { id }, as.accessToken);

test('a key acts for its account within its scope until it is revoked', async () => {
  const { data } = await create({});
  const { secret, apiKey } = data.createApiKey;
  expect(secret.startsWith(API_KEY_PREFIX)).toBe(true);
  expect(apiKey).toMatchObject({ name: 'script', permissions: ['READ'], expiresAt: null, lastUsedAt: null });
  const viewer = await introspect(secret);
  expect(viewer).toMatchObject({ id: ada.id, sessionId: apiKey.id, permissions: ['READ'], scope: ['READ'] });
  const { me } = await identity.get<{ me: { apiKeys: { lastUsedAt: string }[] } }>(
    '{ me { apiKeys { id lastUsedAt } } }',
    {},
    ada.accessToken,
  );
  expect(Date.parse(me.apiKeys[0]!.lastUsedAt)).toBeGreaterThan(Date.now() - 60_000);
  expect((await revoke(apiKey.id)).error).toBeUndefined();
  expect(await introspect(secret)).toBeNull();
});

test('a key cannot create or revoke keys, change passwords, or write without the scope', async () => {
  const viewer = await introspect((await create({})).data.createApiKey.secret);
  const code = async (query: string) => (await identity.ask(query, {}, viewer)).error?.code;
  expect(await code('{ me { username } }')).toBeUndefined();
  expect(await code('mutation { createApiKey(input: { name: "more", permissions: [READ] }) { secret } }')).toBe(
    'FORBIDDEN',
  );
  expect(await code('mutation { changePassword(input: { currentPassword: "a", newPassword: "b" }) }')).toBe(
    'FORBIDDEN',
  );
  expect(await code('mutation { updateProfile(input: { displayName: "X" }) { id } }')).toBe('FORBIDDEN');
});

test("an administrator's key administers only if its scope includes MANAGE", async () => {
  const query = '{ settings { key } }';
  const small = await introspect((await create({ permissions: ['READ', 'WRITE'] }, admin)).data.createApiKey.secret);
  const whole = await introspect((await create({ permissions: ['MANAGE'] }, admin)).data.createApiKey.secret);
  expect((await identity.ask(query, {}, small)).error?.code).toBe('FORBIDDEN');
  expect((await identity.ask(query, {}, whole)).error).toBeUndefined();
});

test.each([
  ['permissions', { permissions: ['MANAGE'] }],
  ['permissions', { permissions: [] }],
  ['expiresAt', { expiresAt: '2020-01-01T00:00:00Z' }],
  ['name', { name: '' }],
])('refuses a key with wrong %s', async (field, input) => {
  expect((await create(input)).error?.fields).toHaveProperty(field);
});

test('malformed tokens, expired keys and keys of deactivated accounts are not valid', async () => {
  const soon = new Date(Date.now() + 60_000).toISOString();
  const { secret, apiKey } = (await create({ expiresAt: soon })).data.createApiKey;
  const forged = secret.slice(0, -1) + (secret.endsWith('A') ? 'B' : 'A');
  for (const token of ['', 'chat_', forged, `${secret}x`]) expect(await introspect(token)).toBeNull();
  expect((await introspect(secret))!.expiresAt).toBe(Math.floor(Date.parse(soon) / 1000));
  await identity.get('mutation ($id: ID!) { deactivateUser(id: $id) { isActive } }', { id: ada.id }, admin.accessToken);
  expect(await introspect(secret)).toBeNull();
  await identity.get('mutation ($id: ID!) { reactivateUser(id: $id) { isActive } }', { id: ada.id }, admin.accessToken);
  expect(await introspect(secret)).toBeNull(); // a revoked key stays revoked
  expect((await revoke(apiKey.id)).error?.code).toBe('NOT_FOUND');
});

test('service accounts act through keys that administrators create for them', async () => {
  const { createServiceAccount: bot } = await identity.get<{ createServiceAccount: { id: string; isBot: boolean } }>(
    'mutation { createServiceAccount(input: { username: "ticket-bot" }) { id isBot displayName } }',
    {},
    admin.accessToken,
  );
  expect(bot.isBot).toBe(true);
  expect((await create({ userId: bot.id })).error?.code).toBe('FORBIDDEN');
  expect((await create({ userId: ada.id }, admin)).error?.code).toBe('FORBIDDEN');
  const { data } = await create({ userId: bot.id, permissions: ['READ', 'WRITE'] }, admin);
  expect(await introspect(data.createApiKey.secret)).toMatchObject({ id: bot.id, permissions: ['READ', 'WRITE'] });
});

test('the introspection endpoint answers gateways in other processes only', async () => {
  const log = createLogger('test', 'silent');
  await using server = await serveSubgraph(identity.identity, { host: '127.0.0.1', port: 0, log });
  const bob = await identity.register('bob');
  const { secret } = (await create({}, bob)).data.createApiKey;
  const ask = httpIntrospector(server.url, new ViewerHeader(identity.config.SECRET_KEY));
  expect(await ask(secret)).toEqual(await introspect(secret));
  expect(await ask('chat_unknown')).toBeNull();
  const { sessionId } = (await introspect(secret))!;
  const ended = httpEndedSessions(server.url, new ViewerHeader(identity.config.SECRET_KEY));
  expect(await ended([sessionId, 'another'])).toEqual(['another']);
  await expect(
    httpIntrospector(server.url, new ViewerHeader('another key of 32 characters, at least'))(secret),
  ).rejects.toThrow('401');
});
