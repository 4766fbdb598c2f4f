/** Passwords: rules, changes, reset mails and verification. */
import { createLogger, type Logger } from '@chat/kit/logging';
import { eventually } from '@chat/kit/testing/eventually';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Client } from 'pg';
import { createMailer } from '../mail/mailer';
import { PasswordHasher } from '../passwords/password-hasher';
import { administratorOf } from '../testing/administrator';
import { PASSWORD, startIdentity, type IdentityUnderTest, type Login } from '../testing/identity-under-test';

let identity: IdentityUnderTest;
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'chat-mail-'));
  identity = await startIdentity({
    DATA_DIR: dataDir,
    PUBLIC_URL: 'https://chat.example',
  });
});
afterAll(async () => {
  await identity[Symbol.asyncDispose]();
  await rm(dataDir, { recursive: true });
});

const NEW = 'a whole new sentence';
const refresh = ({ refreshToken }: Login) =>
  identity.ask<{ refreshSession: { refreshToken: string } }>(
    'mutation ($token: String!) { refreshSession(refreshToken: $token) { refreshToken } }',
    { token: refreshToken },
  );

test.each([
  'password123', // known
  'PASSWORD123', // known, in upper case
  'aaaaaaaaaaaa', // one character
  '123456789012'.slice(0, 9), // a sequence
  'hgfedcba', // a sequence, backwards
  'weak-name', // the account's own name
  'weak-name@example.org', // its address
  'tab\tinside it', // a control character
])('refuses the password %j', async (password) => {
  const { error } = await identity.ask(
    'mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }',
    { input: { username: 'weak-name', email: 'weak-name@example.org', password } },
  );
  expect(error?.code).toBe('BAD_USER_INPUT');
  expect(Object.keys(error!.fields!)).toEqual(['password']);
});

test('a change requires the old password and ends all other sessions', async () => {
  const ada = await identity.register('ada');
  const elsewhere = (await identity.login('ada', PASSWORD)).data;
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
  expect((await identity.login('ada', PASSWORD)).error?.code).toBe('UNAUTHENTICATED');
  expect((await identity.login('ada', NEW)).error).toBeUndefined();
});

const KEY = 'mutation { createApiKey(input: { name: "script", permissions: [READ] }) { secret } }';
const secretOf = async (login: Login) =>
  (await identity.get<{ createApiKey: { secret: string } }>(KEY, {}, login.accessToken)).createApiKey.secret;

test.each([
  [undefined, true],
  [false, true],
  [true, false],
])('a change that says endApiKeys: %s leaves API keys working: %s', async (endApiKeys, isWorking) => {
  const owner = await identity.register(`keyholder-${String(endApiKeys)}`);
  const secret = await secretOf(owner);
  const input = { currentPassword: PASSWORD, newPassword: NEW, ...(endApiKeys !== undefined && { endApiKeys }) };
  const change = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) }';
  await identity.get(change, { input }, owner.accessToken);
  expect((await identity.identity.introspectToken(secret)) !== null).toBe(isWorking);
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

  it('is replaced once by a mailed token, which ends all sessions and API keys', async () => {
    const bob = await identity.register('bob');
    const secret = await secretOf(bob);
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
    expect(await identity.identity.introspectToken(secret)).toBeNull(); // its API keys as well
    expect((await refresh(bob)).error?.code).toBe('UNAUTHENTICATED');
    expect((await identity.login('bob', NEW)).error).toBeUndefined();
  });
});

describe('mails', () => {
  test('are written to files without a server, and the log names each file', async () => {
    const folder = join(dataDir, 'other-mails');
    const lines: { file: string; to: string }[] = [];
    const log = { warn: (facts: { file: string; to: string }) => lines.push(facts) } as unknown as Logger;
    await createMailer(undefined, 'Chat <chat@example.org>', folder, log).send({
      to: 'ada@example.org',
      subject: 'S',
      text: 'T',
    });
    expect(lines).toEqual([{ file: expect.stringMatching(/\.eml$/), to: 'ada@example.org' }]);
    expect(await readFile(lines[0]!.file, 'utf8')).toContain('From: Chat <chat@example.org>');
    expect((await stat(lines[0]!.file)).mode & 0o777).toBe(0o600);
  });

  test('are sent by SMTP if a server is configured', async () => {
    const heard = Promise.withResolvers<string>();
    const server = createServer((socket) => {
      let text = '';
      socket.write('220 test\r\n');
      socket.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        const isData = /DATA\r\n/.test(text);
        if (/^QUIT/m.test(chunk)) socket.end('221 bye\r\n');
        else if (!isData || text.endsWith('\r\n.\r\n')) socket.write('250 ok\r\n');
        else if (chunk.startsWith('DATA')) socket.write('354 go on\r\n');
        if (text.endsWith('\r\n.\r\n')) heard.resolve(text);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const log = createLogger('test', 'silent');
    const mailer = createMailer(`smtp://127.0.0.1:${port}`, 'chat@example.org', dataDir, log);
    await mailer.send({ to: 'ada@example.org', subject: 'Set a new password', text: 'Here.' });
    const mail = await heard.promise;
    expect(mail).toContain('RCPT TO:<ada@example.org>');
    expect(mail).toContain('Subject: Set a new password');
    server.close();
  });

  test('to one address are limited over all senders', async () => {
    await identity.register('flooded');
    const query = 'mutation { requestPasswordReset(email: "flooded@example.org") }';
    for (let index = 0; index < 8; index++)
      expect((await identity.ask(query, {}, null, `198.51.100.${index + 100}`)).data).toEqual({
        requestPasswordReset: true,
      });
    const client = new Client({ connectionString: identity.config.DATABASE_URL });
    await client.connect();
    const { rows } = await client.query<{ address: string }>(
      `select address from identity.audit_acts where action = 'password.reset-request' and address like '198.51.100.1%' order by seq`,
    );
    await client.end();
    expect(rows.map(({ address }) => address)).toEqual([0, 1, 2, 3, 4].map((index) => `198.51.100.${index + 100}`));
  });
});

describe('checking a password', () => {
  test('takes the same work on a thread for any kind of account, and twice the work for addresses', async () => {
    const admin = await administratorOf(identity);
    const out = await identity.register('deactivated');
    await identity.get('mutation ($id: ID!) { deactivateUser(id: $id) { id } }', { id: out.id }, admin.accessToken);
    await identity.get('mutation { createServiceAccount(input: { username: "robot" }) { id } }', {}, admin.accessToken);
    await identity.register('present');
    const posted = jest.spyOn(Worker.prototype, 'postMessage');
    const names = ['present', 'nobody-at-all', 'deactivated', 'robot'];
    const addresses = ['nobody@example.org', 'present@example.org'];
    for (const name of [...names, ...addresses])
      expect((await identity.login(name, 'wrong guess')).error?.code).toBe('UNAUTHENTICATED');
    const work = posted.mock.calls.map(([task]) => (task as { hash: string }).hash.slice(0, 7));
    posted.mockRestore();
    expect(work).toEqual(Array<unknown>(names.length + 2 * addresses.length).fill('$2b$04$'));
  });

  test('does not block the event loop', async () => {
    await using hasher = new PasswordHasher(10, 1);
    let isDone = false;
    let turns = 0;
    const turn = () => {
      turns++;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    const hash = await hasher.hash(PASSWORD);
    isDone = true;
    expect(turns).toBeGreaterThan(10);
    expect(await hasher.verify(PASSWORD, hash)).toBe(true);
    expect(hasher.isOutdated(hash)).toBe(false);
  });

  test('renews a hash with another cost at the next login', async () => {
    await identity.register('veteran');
    const client = new Client({ connectionString: identity.config.DATABASE_URL });
    await client.connect();
    await using older = new PasswordHasher(5, 1);
    const hash = await older.hash(PASSWORD);
    await client.query(`update identity.users set password_hash = $1 where username = 'veteran'`, [hash]);
    expect((await identity.login('veteran', PASSWORD)).error).toBeUndefined();
    const { rows } = await client.query<{ password_hash: string }>(
      `select password_hash from identity.users where username = 'veteran'`,
    );
    await client.end();
    expect(rows[0]!.password_hash).toMatch(/^\$2b\$04\$/);
    expect((await identity.login('veteran', PASSWORD)).error).toBeUndefined();
  });
});
