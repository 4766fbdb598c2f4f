/** Sessions: refresh, replay, end, and the propagation of ends to gateways. */
import { Revocations } from '@chat/identity-client/sessions/revocations';
import { createLogger } from '@chat/kit/logging';
import { CLIENT_AGENT_HEADER } from '@chat/kit/auth/client';
import { Database } from '@chat/kit/database/database';
import { closeRedis, connectRedis, connectRedisSubscriber, type Redis } from '@chat/kit/redis';
import { eventually } from '@chat/kit/testing/eventually';
import { Client } from 'pg';
import { AccessNews } from '../access/access-news';
import { PASSWORD, startIdentity, viewerOf, type IdentityUnderTest } from '../testing/identity-under-test';
import { Tokens } from './tokens';

const REFRESH = `mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken refreshToken expiresAt } }`;
interface Refreshed {
  refreshSession: { accessToken: string; refreshToken: string; expiresAt: string };
}

const log = createLogger('test', 'silent');
let identity: IdentityUnderTest;
let connections: Redis[];
let gateway: Revocations;
let database: Database;
beforeAll(async () => {
  identity = await startIdentity();
  const { DATABASE_URL: url, REDIS_URL, REDIS_PREFIX } = identity.config;
  database = await Database.open({ url, schema: 'elsewhere', entities: [], migrations: [], log });
  await database.ready();
  const redis = connectRedis(REDIS_URL, log);
  const subscriber = connectRedisSubscriber(REDIS_URL, log);
  connections = [redis, subscriber];
  gateway = new Revocations(redis, subscriber, log, REDIS_PREFIX);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
  await Promise.all(connections.map(closeRedis));
  await identity[Symbol.asyncDispose]();
});

const execute = (sql: string, values: unknown[] = []) => database.fork().execute<unknown[]>(sql, values);
const refresh = (token: string, from?: string) => identity.ask<Refreshed>(REFRESH, { token }, null, from);
interface Login {
  accessToken: string;
  refreshToken: string;
  /** The result of the first refresh. */
  successor: string;
}
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

describe('a refresh token that is used twice', () => {
  const age = (login: { accessToken: string }, seconds: number) =>
    execute(`update identity.sessions set last_seen_at = now() - make_interval(secs => ?) where id = ?`, [
      seconds,
      viewerOf(login.accessToken).sessionId,
    ]);

  test('at once by the same client, as in two tabs, serves both and keeps the session', async () => {
    const login = await identity.register('tabs');
    const answers = await Promise.all([1, 2, 3].map(() => refresh(login.refreshToken)));
    expect(answers.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
    const tokens = answers.map(({ data }) => data.refreshSession.refreshToken);
    expect(new Set(tokens).size).toBe(1);
    expect(gateway.isRevoked(viewerOf(login.accessToken))).toBe(false);
    const next = await refresh(tokens[0]!);
    expect(next.error).toBeUndefined();
    expect((await refresh(tokens[1]!)).data.refreshSession.refreshToken).toBe(next.data.refreshSession.refreshToken);
  });

  test('within the grace period after a lost response, serves the same client', async () => {
    const login = await identity.register('lost-answer');
    await refresh(login.refreshToken);
    await age(login, 8);
    expect((await refresh(login.refreshToken)).error).toBeUndefined();
  });

  test('long after a lost response, and from another network, serves the client that repeats its request', async () => {
    const repeat = `mutation ($token: String!, $id: String) { refreshSession(refreshToken: $token, clientMutationId: $id) { refreshToken } }`;
    const login = await identity.register('offline');
    const ask = (token: string, id: string | null, from?: string) =>
      identity.ask<Refreshed>(repeat, { token, id }, null, from);
    const lost = (await ask(login.refreshToken, 'id-1')).data.refreshSession.refreshToken;
    await age(login, 86_400);
    const again = await ask(login.refreshToken, 'id-1', '198.51.100.7');
    expect(again.data.refreshSession.refreshToken).toBe(lost);
    // The id of an earlier refresh, or none, is a thief's.
    const next = (await ask(lost, 'id-2')).data.refreshSession.refreshToken;
    await age(login, 86_400);
    expect((await ask(lost, 'id-1')).error?.code).toBe('UNAUTHENTICATED');
    expect((await ask(next, 'id-3')).error?.code).toBe('UNAUTHENTICATED');
  });

  test.each<[string, (login: Login) => Promise<{ error?: { code: string } }>]>([
    ['after the grace', async (login) => (await age(login, 11), refresh(login.refreshToken))],
    ['from another address', ({ refreshToken }) => refresh(refreshToken, '198.51.100.7')],
    [
      'from another program',
      ({ refreshToken: token }) =>
        identity.identity.service
          .execute(
            { query: REFRESH, variables: { token } },
            { headers: { ...identity.headers(null), [CLIENT_AGENT_HEADER]: 'thief' } },
          )
          .then(({ errors }) => ({ error: errors?.[0]?.extensions as { code: string } | undefined })),
    ],
    [
      'after its successor was used',
      async ({ refreshToken, successor }) => (await refresh(successor), refresh(refreshToken)),
    ],
  ])('%s, ends the session for everybody', async (how, replay) => {
    const login = await identity.register(`victim-${how.split(' ').at(-1)}`);
    const { data } = await refresh(login.refreshToken);
    const successor = data.refreshSession.refreshToken;
    expect((await replay({ ...login, successor })).error?.code).toBe('UNAUTHENTICATED');
    await revoked(login.accessToken);
    expect((await refresh(successor)).error?.code).toBe('UNAUTHENTICATED');
  });
});

test('the refresh token of an expired session is refused', async () => {
  const login = await identity.register('sleeper');
  const { sessionId } = viewerOf(login.accessToken);
  await execute(`update identity.sessions set expires_at = now() - interval '1 second' where id = ?`, [sessionId]);
  expect((await refresh(login.refreshToken)).error?.code).toBe('UNAUTHENTICATED');
});

test('refresh tokens cannot be forged', async () => {
  const login = await identity.register('forger');
  const [sessionId, , signature] = login.refreshToken.split('.');
  for (const token of ['', 'a.b.c', `${sessionId}.2.${signature}`, `${sessionId}.1.${'A'.repeat(43)}`])
    expect((await refresh(token)).error?.code).toBe('UNAUTHENTICATED');
  expect((await refresh(login.refreshToken)).error).toBeUndefined();
});

test('a login tells the remaining lifetime of its token', async () => {
  const document = 'mutation { loginAsGuest(displayName: "Passenger") { expiresInMs } }';
  const { loginAsGuest } = await identity.get<{ loginAsGuest: { expiresInMs: number } }>(document, {});
  const lifetimeMs = identity.config.ACCESS_TOKEN_LIFETIME_SECONDS * 1000;
  expect(loginAsGuest.expiresInMs).toBeLessThanOrEqual(lifetimeMs);
  expect(loginAsGuest.expiresInMs).toBeGreaterThan(lifetimeMs - 10_000);
});

test('logout everywhere ends all sessions of the account, and of no other account', async () => {
  const here = await identity.register('roamer');
  const elsewhere = (await identity.login('roamer', PASSWORD)).data.login;
  const other = await identity.register('bystander');
  const document = 'mutation { logout(everywhere: true) }';
  expect(await identity.get(document, {}, here.accessToken)).toEqual({ logout: true });
  await Promise.all([here, elsewhere].map(({ accessToken }) => revoked(accessToken)));
  for (const { refreshToken } of [here, elsewhere])
    expect((await refresh(refreshToken)).error?.code).toBe('UNAUTHENTICATED');
  expect((await refresh(other.refreshToken)).error).toBeUndefined();
});

test('logout ends the session', async () => {
  const login = await identity.register('leaver');
  expect(await identity.get('mutation { logout }', {}, login.accessToken)).toEqual({ logout: true });
  await revoked(login.accessToken);
  expect((await refresh(login.refreshToken)).error?.code).toBe('UNAUTHENTICATED');
  expect((await identity.ask('mutation { logout }')).error?.code).toBe('UNAUTHENTICATED');
});

test('a gateway without notifications can introspect access tokens', async () => {
  const { accessToken, id } = await identity.register('asked-about');
  const ask = (token: string) => identity.identity.introspectToken(token);
  const viewer = viewerOf(accessToken);
  expect(await ask(accessToken)).toEqual(viewer);
  await execute(`update identity.users set roles = '{MODERATOR}' where id = ?`, [id]);
  expect(await ask(accessToken)).toMatchObject({ ...viewer, roles: ['MODERATOR'], permissions: expect.any(Array) });
  const sign = (secretKey: string, lifetime: number) =>
    new Tokens(secretKey, lifetime).accessToken({ userId: id, ...viewer }).accessToken;
  expect(await ask(sign(identity.config.SECRET_KEY, 60))).toMatchObject({ id });
  for (const wrong of [sign('another secret of 32 characters, at least', 60), sign(identity.config.SECRET_KEY, -1)]) {
    expect(await ask(wrong)).toBeNull();
  }
  const { sessionId } = viewer;
  const strange = ['no id', '01a0b1c2-0000-7000-8000-000000000000'];
  expect(await identity.identity.endedSessions([sessionId, ...strange])).toEqual(strange);
  await identity.get('mutation { logout }', {}, accessToken);
  expect(await ask(accessToken)).toBeNull();
  expect(await identity.identity.endedSessions([sessionId])).toEqual([sessionId]);
});

describe('an end of a session that could not be published', () => {
  test('is published by any process from the outbox', async () => {
    const login = await identity.register('abandoned');
    const { sessionId } = viewerOf(login.accessToken);
    // The process dies after this commit.
    await execute('update identity.sessions set revoked_at = now() where id = ?', [sessionId]);
    await revoked(login.accessToken);
    await eventually(async () => (await execute('select 1 from identity.access_news')).length === 0);
  });

  test('is published again when Redis is back, because it may be lost', async () => {
    const login = await identity.register('forgotten');
    const { sessionId } = viewerOf(login.accessToken);
    await identity.get('mutation { logout }', {}, login.accessToken);
    const { REDIS_URL, REDIS_PREFIX } = identity.config;
    const redis = connectRedis(REDIS_URL, log);
    const key = `${REDIS_PREFIX}revocations`;
    {
      await using _another = new AccessNews(redis, REDIS_PREFIX, 60_000, () => database.fork(), log);
      await eventually(async () => (await redis.zscore(key, sessionId)) !== null);
      await connections[0]!.del(key);
      redis.disconnect(true);
      await eventually(async () => (await connections[0]!.zscore(key, sessionId)) !== null);
    }
    await closeRedis(redis);
  });
});

describe('a change during a login or refresh', () => {
  /** Changes the account, starts `comingIn` during the transaction, and then commits. */
  async function during<T>(sql: string, id: string, comingIn: () => Promise<T>): Promise<T> {
    const client = new Client({ connectionString: identity.config.DATABASE_URL });
    await client.connect();
    try {
      await client.query('begin');
      await client.query(sql, [id]);
      const coming = comingIn();
      const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      await eventually(async () => (await execute(waiting)).length > 0);
      await client.query('commit');
      return await coming;
    } finally {
      await client.end();
    }
  }
  const login = (identifier: string) =>
    identity.ask<{ login: { accessToken: string } }>(
      'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }',
      { input: { identifier, password: PASSWORD } },
    );

  test.each([
    ['the account is deactivated', 'deactivated_at = now()'],
    ['the password is replaced', `password_hash = 'another'`],
  ])('counts: %s', async (what, change) => {
    const { id, username } = await identity.register(`changing-${what.length}`);
    const sql = `update identity.users set ${change} where id = $1`;
    const { error } = await during(sql, id, () => login(username));
    expect(error?.code).toBe('UNAUTHENTICATED');
    expect(
      await execute('select 1 from identity.sessions where user_id = ? and revoked_at is null', [id]),
    ).toHaveLength(1);
  });

  test('wins: neither a login nor a refresh restores a revoked role', async () => {
    const { id, username, refreshToken } = await identity.register('demoted');
    await execute(`update identity.users set roles = '{MODERATOR,USER}' where id = ?`, [id]);
    const sql = `update identity.users set roles = '{USER}' where id = $1`;
    const { data } = await during(sql, id, () => login(username));
    expect(viewerOf(data.login.accessToken).roles).toEqual(['USER']);
    await execute(`update identity.users set roles = '{MODERATOR,USER}' where id = ?`, [id]);
    const refreshed = await during(sql, id, () => refresh(refreshToken));
    expect(viewerOf(refreshed.data.refreshSession.accessToken).roles).toEqual(['USER']);
  });
});
