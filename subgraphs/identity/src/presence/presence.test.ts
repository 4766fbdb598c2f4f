/** Presence over several devices and gateways, as a field and as a subscription. */
import { ConnectionRegistry } from '@chat/identity-client/presence/connections';
import { createLogger } from '@chat/kit/logging';
import { closeRedis, connectRedis, type Redis } from '@chat/kit/redis';
import { startIdentity, type IdentityUnderTest, type Login } from '../testing/identity-under-test';

const log = createLogger('test', 'silent');
let identity: IdentityUnderTest;
let redis: Redis;
let ada: Login;
let bob: Login;
beforeAll(async () => {
  identity = await startIdentity();
  redis = connectRedis(identity.config.REDIS_URL, log);
  ada = await identity.register('ada');
});
beforeEach(async () => {
  bob = await identity.register(`bob${Math.random().toString(36).slice(2, 10)}`);
});
afterAll(async () => {
  await closeRedis(redis);
  await identity[Symbol.asyncDispose]();
});

const gateway = () => new ConnectionRegistry(redis, log, identity.config.REDIS_PREFIX);
const set = (status: string, as: Login) =>
  identity.get<{ setPresence: { status: string; lastSeenAt: string } }>(
    'mutation ($status: PresenceStatus!) { setPresence(status: $status) { status lastSeenAt } }',
    { status },
    as.accessToken,
  );
const seen = async (who: Login) => {
  const query = 'query ($id: ID!) { user(id: $id) { presence { status lastSeenAt } } }';
  const data = await identity.get<{ user: { presence: { status: string; lastSeenAt: string | null } } }>(
    query,
    { id: who.id },
    ada.accessToken,
  );
  return data.user.presence;
};
const watch = async (...who: Login[]) => {
  const stream = await identity.identity.service.subscribe(
    {
      query:
        'subscription ($ids: [ID!]!) { presenceChanged(userIds: $ids) { user { id username } status lastSeenAt } }',
      variables: { ids: who.map((login) => login.id) },
    },
    { headers: identity.headers(ada.accessToken) },
  );
  if ('errors' in stream) throw new Error(stream.errors[0]!.message);
  return {
    next: async () => {
      const result = (await stream.next()).value!;
      if (result.errors) throw new Error(result.errors[0]!.message);
      const { presenceChanged } = result.data as { presenceChanged: { user: { id: string }; status: string } };
      return [presenceChanged.user.id, presenceChanged.status];
    },
    end: () => stream.return!(),
  };
};

test('is online from the first connection to the last, over all gateways', async () => {
  expect(await seen(bob)).toEqual({ status: 'OFFLINE', lastSeenAt: null });
  const changes = await watch(bob);
  await using one = gateway();
  await using two = gateway();
  one.connected(bob.id, 'phone');
  expect(await changes.next()).toEqual([bob.id, 'ONLINE']);
  two.connected(bob.id, 'desk');
  await two.settled();
  one.disconnected(bob.id, 'phone');
  await one.settled();
  expect((await seen(bob)).status).toBe('ONLINE');
  two.disconnected(bob.id, 'desk');
  expect(await changes.next()).toEqual([bob.id, 'OFFLINE']);
  expect((await seen(bob)).lastSeenAt).not.toBeNull();
  await changes.end();
});

test('becomes offline after the gateway has crashed', async () => {
  await using crashed = gateway();
  crashed.connected(bob.id, 'phone');
  await crashed.settled();
  const changes = await watch(bob);
  await redis.zadd(`${identity.config.REDIS_PREFIX}connections:gateways`, Date.now() - 1, crashed.gatewayId);
  expect(await changes.next()).toEqual([bob.id, 'OFFLINE']);
  await changes.end();
});

test('shows the status that an account sets while it is present', async () => {
  const changes = await watch(ada, bob);
  expect(await set('BUSY', bob)).toEqual({ setPresence: { status: 'BUSY', lastSeenAt: expect.any(String) } });
  expect(await changes.next()).toEqual([bob.id, 'BUSY']);
  await set('AWAY', bob);
  expect(await changes.next()).toEqual([bob.id, 'AWAY']);
  await set('OFFLINE', bob);
  expect(await changes.next()).toEqual([bob.id, 'OFFLINE']);
  await changes.end();
});

test('expires if an account without a connection stays silent', async () => {
  await set('ONLINE', bob);
  const changes = await watch(bob);
  await redis.zadd(`${identity.config.REDIS_PREFIX}presence:heard`, Date.now() - 1, bob.id);
  expect(await changes.next()).toEqual([bob.id, 'OFFLINE']);
  await changes.end();
});

test('a stream ends at once, and requires a login and a bounded list', async () => {
  const changes = await watch(bob);
  const waiting = changes.next();
  await changes.end();
  await expect(waiting).rejects.toThrow();
  const query = (ids: string[]) => ({
    query: 'subscription ($ids: [ID!]!) { presenceChanged(userIds: $ids) { status } }',
    variables: { ids },
  });
  const { service } = identity.identity;
  expect((await service.authorize(query([bob.id]), { headers: identity.headers(null) })).errors).toHaveLength(1);
  const refused = await service.subscribe(query([]), { headers: identity.headers(ada.accessToken) });
  expect('errors' in refused && refused.errors[0]!.extensions['code']).toBe('BAD_USER_INPUT');
});
