/** Confirmation of e-mail addresses, and that only the mailbox learns whether an address has an account. */
import { eventually } from '@chat/kit/testing/eventually';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PASSWORD, startIdentity, type IdentityUnderTest } from '../testing/identity-under-test';

let identity: IdentityUnderTest;
let dataDir: string;
let known = 0;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'chat-mail-'));
  identity = await startIdentity({ DATA_DIR: dataDir, PUBLIC_URL: 'https://chat.example' });
});
afterAll(async () => {
  await identity[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true });
});

interface Registered {
  accessToken: string;
  user: { id: string; username: string; email: string; isEmailVerified: boolean };
}

const REGISTER = `mutation ($input: RegisterInput!) {
  register(input: $input) { accessToken refreshToken expiresAt user { id username email isEmailVerified roles permissions } }
}`;
async function register(email: string, password = PASSWORD): Promise<Registered> {
  const input = { username: `person-${++known}`, email, password };
  return (await identity.get<{ register: Registered }>(REGISTER, { input })).register;
}

/** The mails to an address, oldest first. */
async function mailsTo(address: string): Promise<string[]> {
  const folder = join(dataDir, 'mail');
  const names = await readdir(folder).catch(() => []);
  const mails = await Promise.all(names.sort().map((name) => readFile(join(folder, name), 'utf8')));
  return mails
    .filter((mail) => mail.includes(`To: ${address}`))
    .map((mail) => mail.replaceAll('=\n', '').replaceAll('=3D', '='));
}

const ask = (accessToken: string) => identity.get('mutation { requestEmailConfirmation }', {}, accessToken);
const confirm = (token: string) =>
  identity.ask('mutation ($token: String!) { confirmEmail(token: $token) }', { token });
const me = async (accessToken: string) =>
  (await identity.get<{ me: Registered['user'] }>('{ me { id email isEmailVerified } }', {}, accessToken)).me;

async function confirmed(email: string, password?: string): Promise<Registered> {
  const login = await register(email, password);
  await ask(login.accessToken);
  await eventually(async () => (await mailsTo(email)).some((mail) => mail.includes(login.user.username)));
  const mail = (await mailsTo(email)).find((text) => text.includes(login.user.username))!;
  expect((await confirm(/confirm-email\?token=([\w-]+)/.exec(mail)![1]!)).data).toEqual({ confirmEmail: true });
  return login;
}

test('an address is confirmed once by a mailed token', async () => {
  const { accessToken } = await confirmed('ada@example.org');
  expect(await me(accessToken)).toMatchObject({ email: 'ada@example.org', isEmailVerified: true });
  const [mail] = await mailsTo('ada@example.org');
  const [, token] = /confirm-email\?token=([\w-]+)/.exec(mail!)!;
  expect((await confirm(token!)).error).toMatchObject({ code: 'BAD_USER_INPUT', fields: { token: expect.anything() } });
  await ask(accessToken); // already confirmed
});

describe.each([
  ['confirmed', confirmed],
  ['merely claimed', register],
])('registering with an address that another account has %s', (how, other) => {
  const address = `${how.replace(' ', '-')}@example.org`;
  const free = `${how.replace(' ', '-')}-free@example.org`;

  test('answers and logs in as with an unused address', async () => {
    const owner = await other(address, 'the password of the owner');
    const answers: unknown[] = [];
    for (const email of [address.toUpperCase(), free.toUpperCase()]) {
      const first = await register(email);
      const second = await register(email, 'another long password');
      const loginBy = async (identifier: string, password: string) => {
        const { data, error } = await identity.login(identifier, password);
        return error?.code ?? [first, second].findIndex(({ user }) => user.id === data.login.user.id);
      };
      answers.push([
        Object.keys(first).sort(),
        { ...first.user, id: '', username: '', email: '' },
        { ...(await me(first.accessToken)), id: '', email: '' },
        await loginBy(first.user.username, PASSWORD),
        await loginBy(second.user.username, 'another long password'),
        await loginBy(email, PASSWORD), // the newest claim counts
        await loginBy(email, 'another long password'),
        await loginBy(email, 'no password of anybody'),
      ]);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toEqual([
      ['accessToken', 'expiresAt', 'refreshToken', 'user'],
      expect.objectContaining({ isEmailVerified: false }),
      expect.anything(),
      ...[0, 1],
      ...['UNAUTHENTICATED', 1, 'UNAUTHENTICATED'],
    ]);
    expect((await identity.login(owner.user.username, 'the password of the owner')).error).toBeUndefined();
  });
});

test('the owner of a confirmed address still logs in by it, and is informed of the other account', async () => {
  const owner = await confirmed('owner@example.org', 'the password of the owner');
  const other = await register('owner@example.org');
  const { data } = await identity.login('owner@example.org', 'the password of the owner');
  expect(data.login.user.id).toBe(owner.user.id);
  await eventually(async () => (await mailsTo('owner@example.org')).length === 2);
  expect((await mailsTo('owner@example.org'))[1]).toContain(other.user.username);
  await ask(other.accessToken); // answers the same, and mails no token
  await eventually(async () => (await mailsTo('owner@example.org')).length === 3);
  const mails = await mailsTo('owner@example.org');
  expect(mails.filter((mail) => mail.includes('confirm-email'))).toHaveLength(1);
  expect(await me(other.accessToken)).toMatchObject({ email: 'owner@example.org', isEmailVerified: false });
});

test('the first of two claimants to confirm an address owns it', async () => {
  const claims = [await register('shared@example.org'), await register('shared@example.org')];
  for (const { accessToken } of claims) await ask(accessToken);
  await eventually(async () => (await mailsTo('shared@example.org')).length === 2);
  const tokens = (await mailsTo('shared@example.org')).map((mail) => /token=([\w-]+)/.exec(mail)![1]!);
  expect((await confirm(tokens[1]!)).error).toBeUndefined();
  expect((await confirm(tokens[0]!)).error?.code).toBe('CONFLICT');
  const isVerified = await Promise.all(claims.map(async ({ accessToken }) => (await me(accessToken)).isEmailVerified));
  expect(isVerified.sort()).toEqual([false, true]);
});

test('a reset mail is for the account that confirmed the address, or else for its claimants', async () => {
  const request = (email: string) =>
    identity.get('mutation ($e: String!) { requestPasswordReset(email: $e) }', { e: email });
  const resets = async (address: string) => (await mailsTo(address)).filter((mail) => mail.includes('reset-password'));
  const owner = await confirmed('mine@example.org');
  await register('mine@example.org');
  await request('Mine@example.org');
  await eventually(async () => (await resets('mine@example.org')).length > 0);
  const [mail, ...others] = await resets('mine@example.org');
  expect(mail).toContain(owner.user.username);
  expect(others).toEqual([]);
  for (let count = 0; count < 2; count++) await register('ours@example.org');
  await request('ours@example.org');
  await eventually(async () => (await resets('ours@example.org')).length === 2);
});

describe('changing the address', () => {
  const CHANGE = 'mutation ($input: ChangeEmailInput!) { changeEmail(input: $input) }';
  const change = (accessToken: string, email: string, currentPassword = PASSWORD) =>
    identity.ask(CHANGE, { input: { email, currentPassword } }, accessToken);
  const tokenTo = async (address: string) => {
    await eventually(async () => (await mailsTo(address)).some((mail) => mail.includes('confirm-email')));
    return /confirm-email\?token=([\w-]+)/.exec((await mailsTo(address)).at(-1)!)![1]!;
  };

  test('takes effect when the new address is confirmed, and the old one is told before', async () => {
    const { accessToken, user } = await confirmed('before@example.org');
    expect((await change(accessToken, 'After@example.org', 'wrong')).error).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { currentPassword: expect.anything() },
    });
    expect((await change(accessToken, 'no address')).error).toMatchObject({ fields: { email: expect.anything() } });
    expect((await change(accessToken, 'After@example.org')).data).toEqual({ changeEmail: true });
    const token = await tokenTo('After@example.org');
    await eventually(async () => (await mailsTo('before@example.org')).length === 2);
    expect((await mailsTo('before@example.org'))[1]).toContain('After@example.org');
    expect(await me(accessToken)).toMatchObject({ email: 'before@example.org', isEmailVerified: true });

    // A link that was mailed to the old address must not survive the change.
    await identity.get('mutation { requestPasswordReset(email: "before@example.org") }');
    await eventually(async () => (await mailsTo('before@example.org')).length === 3);
    const [, reset] = /reset-password\?token=([\w-]+)/.exec((await mailsTo('before@example.org'))[2]!)!;

    expect((await confirm(token)).data).toEqual({ confirmEmail: true });
    expect(await me(accessToken)).toMatchObject({ email: 'After@example.org', isEmailVerified: true });
    expect((await confirm(token)).error?.code).toBe('BAD_USER_INPUT');
    expect((await identity.login('after@example.org', PASSWORD)).data.login.user.id).toBe(user.id);
    expect((await identity.login('before@example.org', PASSWORD)).error?.code).toBe('UNAUTHENTICATED');
    const RESET = 'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) }';
    const input = { token: reset, newPassword: 'quite another long password' };
    expect((await identity.ask(RESET, { input })).error?.code).toBe('BAD_USER_INPUT');
  });

  test('to the address of another account answers the same and informs its owner', async () => {
    const owner = await confirmed('taken@example.org');
    const { accessToken } = await confirmed('wants@example.org');
    expect((await change(accessToken, 'taken@example.org')).data).toEqual({ changeEmail: true });
    await eventually(async () => (await mailsTo('taken@example.org')).length === 2);
    expect((await mailsTo('taken@example.org'))[1]).not.toContain('confirm-email');
    expect(await me(accessToken)).toMatchObject({ email: 'wants@example.org', isEmailVerified: true });
    expect(await me(owner.accessToken)).toMatchObject({ email: 'taken@example.org', isEmailVerified: true });
  });

  test('is refused if another account has confirmed the address in the meantime', async () => {
    const { accessToken } = await confirmed('slow@example.org');
    await change(accessToken, 'contested@example.org');
    const token = await tokenTo('contested@example.org');
    await confirmed('contested@example.org', 'the password of the owner');
    expect((await confirm(token)).error?.code).toBe('CONFLICT');
    expect(await me(accessToken)).toMatchObject({ email: 'slow@example.org', isEmailVerified: true });
  });
});
