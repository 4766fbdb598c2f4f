/** Profiles, deactivation, reactivation, deletion and expiry of accounts, and names that look like others. */
import { eventually } from '@chat/kit/testing/eventually';
import { Client } from 'pg';
import { REMOVE_EXPIRED } from '@chat/kit/graphql/removal';
import { administratorOf } from '../testing/administrator';
import { PASSWORD, startIdentity, type IdentityUnderTest, type Login } from '../testing/identity-under-test';

let identity: IdentityUnderTest;
let admin: Login;
beforeAll(async () => {
  identity = await startIdentity();
  admin = await administratorOf(identity);
});
afterAll(() => identity[Symbol.asyncDispose]());

const code = async (query: string, variables: object, as?: string) =>
  (await identity.ask(query, variables as Record<string, unknown>, as)).error?.code;
const login = async (identifier: string) => (await identity.login(identifier, PASSWORD)).error?.code;
const refresh = (token: string) =>
  code('mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken } }', { token });

test('an account has a picture that all see, until it is removed or the account is deleted', async () => {
  const [ada, bob] = [await identity.register('pictured'), await identity.register('viewer')];
  const update = (avatarUrl: string | null) =>
    identity.get(
      'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { avatarUrl } }',
      { input: { avatarUrl } },
      ada.accessToken,
    );
  const seen = async () => {
    const query = 'query ($id: ID!) { user(id: $id) { avatarUrl } }';
    return (await identity.get<any>(query, { id: ada.id }, bob.accessToken)).user?.avatarUrl;
  };
  expect(await seen()).toBeNull();
  await update('https://example.org/Ada.png?size=64');
  expect(await seen()).toBe('https://example.org/Ada.png?size=64');
  await update(null);
  expect(await seen()).toBeNull();
  await update('https://example.org/ada.png');
  await identity.get('mutation ($id: ID!) { deleteUser(id: $id) }', { id: ada.id }, admin.accessToken);
  expect((await seen()) ?? null).toBeNull();
});

test('a profile accepts valid changes only', async () => {
  const ada = await identity.register('ada');
  const update = (input: object) =>
    identity.ask(
      'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { displayName locale } }',
      { input },
      ada.accessToken,
    );
  expect((await update({ displayName: ' Ada L. ', locale: 'de-at' })).data).toEqual({
    updateProfile: { displayName: 'Ada L.', locale: 'de-AT' },
  });
  expect((await update({ locale: null })).data).toEqual({ updateProfile: { displayName: 'Ada L.', locale: null } });
  for (const [field, value] of [
    ['displayName', '  '],
    ['displayName', 'x'.repeat(65)],
    ['locale', 'not a locale'],
    ['avatarUrl', 'http://example.org/ada.png'],
    ['avatarUrl', 'javascript:alert(1)'],
    ['avatarUrl', 'https://ada:secret@example.org/ada.png'],
    ['avatarUrl', 'https://example.org/ a.png'],
    ['avatarUrl', `https://example.org/${'x'.repeat(2048)}`],
  ])
    expect((await update({ [field!]: value })).error?.fields).toHaveProperty(field!);
});

test('a deactivated account is locked out everywhere, and can be reactivated', async () => {
  const bob = await identity.register('bob');
  await identity.get('mutation ($id: ID!) { deactivateUser(id: $id) { isActive } }', { id: bob.id }, admin.accessToken);
  expect(await login('bob')).toBe('UNAUTHENTICATED');
  expect(await refresh(bob.refreshToken)).toBe('UNAUTHENTICATED');
  await identity.get('mutation ($id: ID!) { reactivateUser(id: $id) { isActive } }', { id: bob.id }, admin.accessToken);
  expect(await login('bob')).toBeUndefined();
});

test('a deleted account leaves an anonymous author, and its name becomes available', async () => {
  const carol = await identity.register('carol');
  const remove = 'mutation ($id: ID!) { deleteUser(id: $id) }';
  const dave = await identity.register('dave');
  expect(await code(remove, { id: carol.id }, dave.accessToken)).toBe('FORBIDDEN');
  expect(await code(remove, { id: carol.id }, carol.accessToken)).toBeUndefined();
  expect(await login('carol')).toBe('UNAUTHENTICATED');
  const { user } = await identity.get<{ user: object }>(
    'query ($id: ID!) { user(id: $id) { username displayName email roles isActive } }',
    { id: carol.id },
    admin.accessToken,
  );
  expect(user).toEqual({
    username: expect.stringMatching(/^deleted-/),
    displayName: 'Deleted account',
    email: null,
    roles: ['GUEST'],
    isActive: false,
  });
  expect((await identity.register('carol')).id).not.toBe(carol.id);
  expect(await code(remove, { id: carol.id }, admin.accessToken)).toBe('NOT_FOUND');
});

test('the nightly job removes guests that were not seen for long, and no others', async () => {
  const come = async () =>
    (
      await identity.get<{ loginAsGuest: { refreshToken: string; user: { id: string } } }>(
        'mutation { loginAsGuest(displayName: "Passer-by") { refreshToken user { id } } }',
      )
    ).loginAsGuest;
  const [gone, back, member, young] = [await come(), await come(), await come(), await come()];
  const client = new Client({ connectionString: identity.config.DATABASE_URL });
  await client.connect();
  const old = [gone, back, member].map((guest) => guest.user.id);
  await client.query(`update identity.users set created_at = now() - interval '40 days' where id = any($1)`, [old]);
  await client.query(`update identity.sessions set last_seen_at = now() - interval '31 days' where user_id = any($1)`, [
    old,
  ]);
  expect(await refresh(back.refreshToken)).toBeUndefined();
  const promote = 'mutation ($id: ID!) { assignRole(userId: $id, role: USER) { id } }';
  await identity.get(promote, { id: member.user.id }, admin.accessToken);

  const runJob = async () => {
    const { rows } = await client.query(`select (graphile_worker.add_job('identity:${REMOVE_EXPIRED}')).id`);
    const jobs = 'select 1 from graphile_worker._private_jobs where id = $1';
    await eventually(async () => (await client.query(jobs, [rows[0].id])).rowCount === 0);
  };
  const names = async () => {
    const people = [gone, back, member, young].map(
      ({ user }, index) => `g${index}: user(id: "${user.id}") { displayName }`,
    );
    const found = await identity.get<Record<string, { displayName: string }>>(
      `{ ${people.join(' ')} }`,
      {},
      admin.accessToken,
    );
    return Object.values(found).map(({ displayName }) => displayName);
  };
  const keep = (days: number) =>
    identity.get(
      'mutation ($days: JSON!) { updateSetting(key: "identity.guestRetentionDays", value: $days) { key } }',
      { days },
      admin.accessToken,
    );
  const everybody = Array<string>(4).fill('Passer-by');
  for (const days of [0, 32]) {
    await keep(days);
    await runJob();
    expect(await names()).toEqual(everybody);
  }
  await keep(30);
  await runJob();
  expect(await names()).toEqual(['Deleted account', ...everybody.slice(1)]);
  expect(await refresh(gone.refreshToken)).toBe('UNAUTHENTICATED');
  const { auditLog } = await identity.get<{ auditLog: { edges: { node: object }[] } }>(
    '{ auditLog(filter: { action: "account.expire" }) { edges { node { actor { id } targetId } } } }',
    {},
    admin.accessToken,
  );
  expect(auditLog.edges).toEqual([{ node: { actor: null, targetId: gone.user.id } }]);
  await client.end();
});

test('sessions are listed with the current one marked, and revoked one by one', async () => {
  const erin = await identity.register('erin');
  await identity.login('erin', PASSWORD);
  const query = '{ me { sessions { id createdAt lastSeenAt userAgent address current } } }';
  const sessions = async () =>
    (await identity.get<{ me: { sessions: { id: string; current: boolean }[] } }>(query, {}, erin.accessToken)).me
      .sessions;
  const [other, own] = await sessions();
  expect([other!.current, own!.current]).toEqual([false, true]);
  expect(own).toMatchObject({ userAgent: 'test', address: '192.0.2.1' });
  const revoke = 'mutation ($id: ID!) { revokeSession(id: $id) }';
  const dave = await identity.register('frank');
  expect(await code(revoke, { id: other!.id }, dave.accessToken)).toBe('NOT_FOUND');
  expect(await code(revoke, { id: 'none' }, erin.accessToken)).toBe('NOT_FOUND');
  expect(await code(revoke, { id: other!.id }, erin.accessToken)).toBeUndefined();
  expect((await sessions()).map(({ id }) => id)).toEqual([own!.id]);
  expect(await code(revoke, { id: own!.id }, admin.accessToken)).toBeUndefined();
  expect(await refresh(erin.refreshToken)).toBe('UNAUTHENTICATED');
});

test.each([
  ['gina1', 'ginal'], // a digit for a letter
  ['paypal', 'раураl'], // Cyrillic
  ['morning', 'rnorning'], // two letters for one
  ['strasse', 'ＳＴＲＡＳＳＥ'], // full width
  ['zoe', 'ZOE'], // capitals
])('%s cannot be impersonated as %s', async (name, lookAlike) => {
  await identity.register(name);
  const { error } = await identity.ask(
    'mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }',
    { input: { username: lookAlike, email: `${name}-2@example.org`, password: PASSWORD } },
  );
  expect(error?.code).toBe('CONFLICT');
  expect(error?.fields).toHaveProperty('username');
});
