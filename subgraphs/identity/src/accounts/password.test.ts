/** Passwords: which are refused, how they are changed and mailed for, and how guessing is slowed down. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../testing/eventually';
import { PASSWORD, startIdentity, type IdentityUnderTest, type Login } from '../testing/identity-under-test';

let identity: IdentityUnderTest;
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'chat-mail-'));
  identity = await startIdentity({
    DATA_DIR: dataDir,
    LOGIN_ATTEMPTS_PER_ACCOUNT: '5',
    PUBLIC_URL: 'https://chat.example',
  });
});
afterAll(async () => {
  await identity[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true });
});

const NEW = 'a whole new sentence';
const login = (identifier: string, password: string, from?: string) =>
  identity.ask<{ login: { accessToken: string } }>(
    'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }',
    { input: { identifier, password } },
    null,
    from,
  );
const refresh = ({ refreshToken }: Login) =>
  identity.ask<{ refreshSession: { refreshToken: string } }>(
    'mutation ($token: String!) { refreshSession(refreshToken: $token) { refreshToken } }',
    { token: refreshToken },
  );

test.each([
  'password123', // known
  'PASSWORD123', // known, in capitals
  'aaaaaaaaaaaa', // one character
  '123456789012'.slice(0, 9), // a sequence
  'hgfedcba', // a sequence, backwards
  'weak-name', // the account's own name
  'weak-name@example.org', // its address
  'tab\tinside it', // not typed by anybody
])('refuses the password %j', async (password) => {
  const { error } = await identity.ask(
    'mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }',
    { input: { username: 'weak-name', email: 'weak-name@example.org', password } },
  );
  expect(error?.code).toBe('BAD_USER_INPUT');
  expect(Object.keys(error!.fields!)).toEqual(['password']);
});

test('a change needs the old one and ends the other sessions, but not its own', async () => {
  const ada = await identity.register('ada');
  const elsewhere = await identity.get<{ login: { refreshToken: string } }>(
    'mutation ($input: LoginInput!) { login(input: $input) { refreshToken } }',
    { input: { identifier: 'ada', password: PASSWORD } },
  );
  const change = (currentPassword: string, newPassword: string) =>
    identity.ask(
      'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) }',
      { input: { currentPassword, newPassword } },
      ada.accessToken,
    );
  expect((await change('not it at all', NEW)).error?.fields).toHaveProperty('currentPassword');
  expect((await change(PASSWORD, 'short')).error?.fields).toHaveProperty('newPassword');
  expect((await change(PASSWORD, NEW)).data).toEqual({ changePassword: true });
  expect((await refresh({ ...ada, refreshToken: elsewhere.login.refreshToken })).error?.code).toBe('UNAUTHENTICATED');
  expect((await refresh(ada)).error).toBeUndefined();
  expect((await login('ada', PASSWORD)).error?.code).toBe('UNAUTHENTICATED');
  expect((await login('ada', NEW)).error).toBeUndefined();
});

describe('a forgotten password', () => {
  const request = (email: string) =>
    identity.get('mutation ($email: String!) { requestPasswordReset(email: $email) }', { email });
  const reset = (token: string, newPassword: string) =>
    identity.ask('mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) }', {
      input: { token, newPassword },
    });
  const mails = async () => {
    const folder = join(dataDir, 'mail');
    const names = await readdir(folder).catch(() => []);
    return Promise.all(names.sort().map((name) => readFile(join(folder, name), 'utf8')));
  };

  it('is replaced by a mailed token, once, which ends all sessions', async () => {
    const bob = await identity.register('bob');
    await request('nobody@example.org');
    await request('BOB@example.org');
    await eventually(async () => (await mails()).length > 0);
    const [mail, ...others] = await mails();
    expect(others).toEqual([]);
    expect(mail).toContain('To: bob@example.org');
    const text = mail!.replaceAll('=\n', '').replaceAll('=3D', '=');
    const [, token] = /https:\/\/chat\.example\/reset-password\?token=([\w-]+)/.exec(text)!;
    expect((await reset(token!, 'password123')).error?.fields).toHaveProperty('newPassword');
    expect((await reset('made-up', NEW)).error?.fields).toHaveProperty('token');
    expect((await reset(token!, NEW)).data).toEqual({ resetPassword: true });
    expect((await reset(token!, NEW)).error?.fields).toHaveProperty('token');
    expect((await refresh(bob)).error?.code).toBe('UNAUTHENTICATED');
    expect((await login('bob', NEW)).error).toBeUndefined();
  });
});

describe('guessing', () => {
  it('is refused after too many wrong ones, however they come and from wherever, and only for that account', async () => {
    await identity.register('target');
    await identity.register('bystander');
    const attempts = Array.from({ length: 8 }, (_, index) => `a${index}: login(input: $input) { accessToken }`);
    const result = await identity.identity.service.execute(
      {
        query: `mutation ($input: LoginInput!) { ${attempts.join(' ')} }`,
        variables: { input: { identifier: 'target', password: 'wrong guess' } },
      },
      { headers: identity.headers(null, '198.51.100.1') },
    );
    expect(result.errors).toHaveLength(1); // the first error of a mutation that is not nullable ends it
    for (let index = 0; index < 4; index++) await login('TARGET', 'wrong guess', `198.51.100.${index + 2}`);
    const { error } = await login('target@example.org', PASSWORD, '198.51.100.9');
    expect(error?.code).toBe('RATE_LIMITED');
    expect(error?.['retryAfterMs']).toBeGreaterThan(0);
    expect((await login('bystander', PASSWORD, '198.51.100.1')).error).toBeUndefined();
  });

  it('that comes at the same moment is counted one by one', async () => {
    await identity.register('parallel');
    const answers = await Promise.all(Array.from({ length: 8 }, () => login('parallel', 'wrong guess')));
    const codes = answers.map(({ error }) => error!.code).sort();
    expect(codes).toEqual([...Array<string>(3).fill('RATE_LIMITED'), ...Array<string>(5).fill('UNAUTHENTICATED')]);
  });

  it('starts from zero after the right one', async () => {
    await identity.register('forgetful');
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 4; index++) await login('forgetful', 'wrong guess');
      expect((await login('forgetful', PASSWORD)).error).toBeUndefined();
    }
  });
});
