/** Accounts that change, are shut out, come back, and go for good; and names that look like others. */
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
const login = (identifier: string) =>
  code('mutation ($input: LoginInput!) { login(input: $input) { accessToken } }', {
    input: { identifier, password: PASSWORD },
  });
const refresh = (token: string) =>
  code('mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken } }', { token });

test('a profile changes where it may', async () => {
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
  ])
    expect((await update({ [field!]: value })).error?.fields).toHaveProperty(field!);
});

test('a deactivated account is out everywhere, and can come back', async () => {
  const bob = await identity.register('bob');
  await identity.get('mutation ($id: ID!) { deactivateUser(id: $id) { isActive } }', { id: bob.id }, admin.accessToken);
  expect(await login('bob')).toBe('UNAUTHENTICATED');
  expect(await refresh(bob.refreshToken)).toBe('UNAUTHENTICATED');
  await identity.get('mutation ($id: ID!) { reactivateUser(id: $id) { isActive } }', { id: bob.id }, admin.accessToken);
  expect(await login('bob')).toBeUndefined();
});

test('a deleted account leaves an anonymous author, and its name to others', async () => {
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

test('sessions are listed with the one in use marked, and ended one by one', async () => {
  const erin = await identity.register('erin');
  await identity.get('mutation ($input: LoginInput!) { login(input: $input) { accessToken } }', {
    input: { identifier: 'erin', password: PASSWORD },
  });
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
