/** Registration, login, guests, and the first administrator. */
import { PASSWORD, startIdentity, viewerOf, type IdentityUnderTest } from '../testing/identity-under-test';

const REGISTER = `mutation ($input: RegisterInput!) {
  register(input: $input) { accessToken refreshToken expiresAt user { id username email displayName roles permissions } }
}`;
const LOGIN = `mutation ($input: LoginInput!) { login(input: $input) { accessToken user { id username roles permissions } } }`;

let identity: IdentityUnderTest;
beforeAll(async () => {
  identity = await startIdentity();
});
afterAll(() => identity[Symbol.asyncDispose]());

const register = (input: Record<string, unknown>) =>
  identity.ask<{ register: { accessToken: string; user: Record<string, unknown> } }>(REGISTER, {
    input: { username: 'someone', email: 'someone@example.org', password: PASSWORD, ...input },
  });

describe('register', () => {
  it('creates an account and logs it in, so that it can read its own e-mail address at once', async () => {
    const { data, error } = await register({ username: 'Ada', email: 'Ada@Example.org', displayName: ' Ada L. ' });
    expect(error).toBeUndefined();
    expect(data.register.user).toEqual({
      id: viewerOf(data.register.accessToken).id,
      username: 'Ada',
      email: 'Ada@Example.org',
      displayName: 'Ada L.',
      roles: ['USER'],
      permissions: ['READ', 'WRITE'],
    });
  });

  it('refuses names that are taken in another case, and reveals nothing about addresses', async () => {
    const { error } = await register({ username: 'aDA', email: 'ada@EXAMPLE.org' });
    expect(error?.code).toBe('CONFLICT');
    expect(Object.keys(error!.fields!)).toEqual(['username']);
  });

  it('accepts one of two concurrent registrations', async () => {
    const answers = await Promise.all(
      ['Twin', 'twin'].map((username, index) => register({ username, email: `twin${index}@example.org` })),
    );
    expect(answers.map(({ error }) => error?.code).sort()).toEqual(['CONFLICT', undefined]);
  });

  it.each([
    ['username', ''],
    ['username', 'a'],
    ['username', 'x'.repeat(33)],
    ['username', 'two words'],
    ['username', 'nul\u0000byte'],
    ['username', 'ad\u200Bmin'],
    ['username', 'ad\u034Fmin'],
    ['username', 'ad\u3164min'],
    ['username', '葛\u{E0100}飾'],
    ['username', 'everyone'],
    ['username', 'guest-1'],
    ['email', 'nowhere'],
    ['password', 'short'],
    ['password', 'x'.repeat(73)],
    ['displayName', 'd'.repeat(65)],
    ['displayName', 'bell\u0007'],
    ['displayName', 'ad\u200Bmin'],
    ['displayName', 'Ada\u2060'],
  ])('refuses the %s %j', async (field, value) => {
    const { error } = await register({ [field]: value });
    expect(error?.code).toBe('BAD_USER_INPUT');
    expect(Object.keys(error!.fields!)).toEqual([field]);
  });
});

describe('login', () => {
  it.each(['ada', 'ADA', ' ada@example.ORG '])('accepts %j', async (identifier) => {
    const { data } = await identity.ask<{ login: { user: object } }>(LOGIN, {
      input: { identifier, password: PASSWORD },
    });
    expect(data.login.user).toMatchObject({ username: 'Ada', roles: ['USER'], permissions: ['READ', 'WRITE'] });
  });

  it('does not reveal whether the name or the password was wrong', async () => {
    const answers = await Promise.all(
      [
        { identifier: 'ada', password: 'wrong password' },
        { identifier: 'nobody', password: PASSWORD },
      ].map((input) => identity.ask(LOGIN, { input })),
    );
    expect(answers[0]!.error).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(answers[1]!.error).toEqual(answers[0]!.error);
  });
});

it('logs in guests under a name of their choice', async () => {
  const enter = (displayName: string) =>
    identity.ask<{ loginAsGuest: object }>(
      'mutation ($name: String!) { loginAsGuest(displayName: $name) { user { displayName roles permissions } } }',
      { name: displayName },
    );
  expect((await enter('Passer-by')).data.loginAsGuest).toEqual({
    user: { displayName: 'Passer-by', roles: ['GUEST'], permissions: ['READ'] },
  });
  expect((await enter(' ')).error).toMatchObject({
    code: 'BAD_USER_INPUT',
    fields: { displayName: expect.anything() },
  });
});

it('creates the first administrator once, even if several processes try', async () => {
  const made = await Promise.all([1, 2, 3].map(() => identity.identity.ensureAdministrator()));
  const [login] = made.filter((result) => result !== undefined);
  expect(made.filter((result) => result !== undefined)).toHaveLength(1);
  const { data } = await identity.ask<{ login: { user: object } }>(LOGIN, {
    input: { identifier: login!.username, password: login!.password },
  });
  expect(data.login.user).toMatchObject({ username: 'admin', roles: ['ADMIN', 'USER'] });
  expect(await identity.identity.ensureAdministrator()).toBeUndefined();
});
