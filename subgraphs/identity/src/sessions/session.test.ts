/** A session's life: refreshed, replayed, ended, and known to every gateway when it has. */
import { Revocations } from '@chat/kit/auth/revocations';
import { createLogger } from '@chat/kit/logging';
import { closeRedis, connectRedis, connectRedisSubscriber, type Redis } from '@chat/kit/redis';
import { startIdentity, viewerOf, type IdentityUnderTest } from '../testing/identity-under-test';

const REFRESH = `mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken refreshToken expiresAt } }`;
interface Refreshed {
  refreshSession: { accessToken: string; refreshToken: string; expiresAt: string };
}

const log = createLogger('test', 'silent');
let identity: IdentityUnderTest;
let connections: Redis[];
let gateway: Revocations;
beforeAll(async () => {
  identity = await startIdentity();
  const { REDIS_URL, REDIS_PREFIX } = identity.config;
  const redis = connectRedis(REDIS_URL, log);
  const subscriber = connectRedisSubscriber(REDIS_URL, log);
  connections = [redis, subscriber];
  gateway = new Revocations(redis, subscriber, log, REDIS_PREFIX);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await Promise.all(connections.map(closeRedis));
  await identity[Symbol.asyncDispose]();
});

const refresh = (token: string) => identity.ask<Refreshed>(REFRESH, { token });
const revoked = (accessToken: string) =>
  new Promise<void>((resolve) => {
    const { sessionId } = viewerOf(accessToken);
    if (gateway.isRevoked({ sessionId })) return resolve();
    const stop = gateway.onRevoked((revocation) => {
      if (revocation.sessionId !== sessionId) return;
      stop();
      resolve();
    });
  });

test('a refresh gives new tokens of the same session', async () => {
  const login = await identity.register('renewer');
  const { data } = await refresh(login.refreshToken);
  const { accessToken, refreshToken, expiresAt } = data.refreshSession;
  expect(viewerOf(accessToken).sessionId).toBe(viewerOf(login.accessToken).sessionId);
  expect(new Date(expiresAt).getTime()).toBe(viewerOf(accessToken).expiresAt * 1000);
  expect((await refresh(refreshToken)).error).toBeUndefined();
});

test('a refresh token that comes a second time ends the session for everybody', async () => {
  const login = await identity.register('victim');
  const { data } = await refresh(login.refreshToken);
  const replayed = await refresh(login.refreshToken);
  expect(replayed.error?.code).toBe('UNAUTHENTICATED');
  await revoked(login.accessToken);
  expect((await refresh(data.refreshSession.refreshToken)).error?.code).toBe('UNAUTHENTICATED');
});

test('of two refreshes at the same moment one wins, and the session ends', async () => {
  const login = await identity.register('racer');
  const answers = await Promise.all([refresh(login.refreshToken), refresh(login.refreshToken)]);
  expect(answers.map(({ error }) => error?.code).sort()).toEqual(['UNAUTHENTICATED', undefined]);
  await revoked(login.accessToken);
});

test('refresh tokens cannot be made up', async () => {
  const login = await identity.register('forger');
  const [sessionId, , signature] = login.refreshToken.split('.');
  for (const token of ['', 'a.b.c', `${sessionId}.2.${signature}`, `${sessionId}.1.${'A'.repeat(43)}`])
    expect((await refresh(token)).error?.code).toBe('UNAUTHENTICATED');
  expect((await refresh(login.refreshToken)).error).toBeUndefined();
});

test('logout ends the session', async () => {
  const login = await identity.register('leaver');
  expect(await identity.get('mutation { logout }', {}, login.accessToken)).toEqual({ logout: true });
  await revoked(login.accessToken);
  expect((await refresh(login.refreshToken)).error?.code).toBe('UNAUTHENTICATED');
  expect((await identity.ask('mutation { logout }')).error?.code).toBe('UNAUTHENTICATED');
});

test('what Redis has lost is published again', async () => {
  const login = await identity.register('forgotten');
  await identity.get('mutation { logout }', {}, login.accessToken);
  await revoked(login.accessToken);
  const [redis] = connections;
  const key = `${identity.config.REDIS_PREFIX}revocations`;
  await redis!.del(key);
  const heard = new Promise<string[]>((resolve) => {
    const sessions: string[] = [];
    connections[1]!.on('message', (_channel, text) => {
      sessions.push((JSON.parse(text) as { sessionId: string }).sessionId);
      if (sessions.includes(viewerOf(login.accessToken).sessionId)) resolve(sessions);
    });
  });
  await heard;
  expect(await redis!.zscore(key, viewerOf(login.accessToken).sessionId)).not.toBeNull();
});
