/** `npm run admin` as a process: on a database of its own, and on the embedded installation, stopped and running. */
import { startPostgres } from '@chat/kit/embedded/postgres';
import { postgresFolder } from '@chat/kit/embedded/installed-postgres';
import { eventually } from '@chat/kit/testing/eventually';
import { TestProcess } from '@chat/kit/testing/test-process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startIdentity, type IdentityUnderTest } from '../testing/identity-under-test';

let identity: IdentityUnderTest;
beforeAll(async () => {
  identity = await startIdentity({ REGISTRATION_ENABLED: 'false' });
  await identity.identity.ensureAdministrator('seven copper kettles');
});
afterAll(() => identity[Symbol.asyncDispose]());

async function run(args: string[], env: Record<string, string> = { DATABASE_URL: identity.config.DATABASE_URL }) {
  await using command = new TestProcess({
    args: ['subgraphs/identity/src/admin/admin.cli.ts', ...args],
    env: { BCRYPT_COST: '4', ...env },
  });
  const { code } = await command.exited;
  return { code, output: command.output };
}

test('reset-password gives a lost account a new password and ends its sessions and keys', async () => {
  const { data } = await identity.login('admin', 'seven copper kettles');
  const before = data.login.accessToken;
  const { code, output } = await run(['reset-password', 'ADMIN']);
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('have ended') });
  const [, password] = /New password of admin: (\S+)/.exec(output)!;
  expect((await identity.login('admin', 'seven copper kettles')).error).toMatchObject({ code: 'UNAUTHENTICATED' });
  expect((await identity.login('admin', password!)).data.login.user.id).toBe(data.login.user.id);
  await eventually(
    async () => expect(await identity.identity.introspectToken(before)).toBeNull(),
    'the end of sessions',
  );
  const audit = '{ auditLog(first: 1, filter: { action: "password.reset-by-command" }) { edges { node { action } } } }';
  const { accessToken } = (await identity.login('admin', password!)).data.login;
  expect(await identity.get(audit, {}, accessToken)).toMatchObject({ auditLog: { edges: [expect.anything()] } });
});

test('create-user creates an administrator', async () => {
  const { code, output } = await run(['create-user', 'grace', '--role', 'admin', '--name', 'Grace']);
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('Created grace (ADMIN, USER).') });
  const [, password] = /Password: (\S+)/.exec(output)!;
  const { accessToken } = (await identity.login('grace', password!)).data.login;
  const me = await identity.get('{ me { displayName roles } }', {}, accessToken);
  expect(me).toEqual({ me: { displayName: 'Grace', roles: ['ADMIN', 'USER'] } });
});

test('invite prints a token that admits an account while registration is off', async () => {
  const { code, output } = await run(['invite', '--role', 'MODERATOR', '--uses', '2', '--days', '3']);
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('Invitation for 2 accounts') });
  const [, invitation] = /register\?invitation=(\S+)/.exec(output)!;
  expect(output).toContain(
    'The link begins with http://127.0.0.1:4000. If the chat has another address, set PUBLIC_URL',
  );
  const register = 'mutation ($input: RegisterInput!) { register(input: $input) { user { roles } } }';
  const input = { username: 'heidi', email: 'heidi@example.org', password: 'seven copper kettles', invitation };
  expect(await identity.get(register, { input })).toEqual({ register: { user: { roles: ['MODERATOR', 'USER'] } } });
});

test.each<[string, string[], number, string]>([
  ['an unknown account', ['reset-password', 'nobody'], 1, 'There is no account nobody. Administrators: admin'],
  ['a taken name', ['create-user', 'admin'], 1, 'This username is taken.'],
  ['a name that is none', ['create-user', 'a b'], 1, 'must start with a letter or digit'],
  ['an unknown role', ['invite', '--role', 'KING'], 2, '--role cannot be "KING"'],
  ['no name', ['reset-password'], 2, 'USERNAME is missing'],
  ['a foreign option', ['reset-password', 'admin', '--role', 'USER'], 2, 'reset-password has no option --role'],
  ['an unknown command', ['reset'], 2, 'COMMAND cannot be "reset"'],
  ['too long a life', ['invite', '--days', '900'], 1, 'at most 90 days ahead'],
])('%s is refused with a reason', async (_what, args, code, reason) => {
  expect(await run(args)).toMatchObject({ code, output: expect.stringContaining(reason) });
});

test('--help explains the commands', async () => {
  const { code, output } = await run(['--help'], {});
  expect(code).toBe(0);
  for (const word of ['reset-password', 'create-user', 'invite', '--password-stdin', 'DATA_DIR'])
    expect(output).toContain(word);
});

test.each<[string, string, string]>([
  ['another password', 'brass copper kettles', 'ADMIN_PASSWORD is not the password of the account admin'],
  ['the right one', 'seven copper kettles', ''],
])(
  'a start with %s in ADMIN_PASSWORD keeps the password, and warns if it differs',
  async (_what, password, warning) => {
    await using own = await startIdentity();
    await own.identity.ensureAdministrator('seven copper kettles');
    const { DATABASE_URL, REDIS_URL, SECRET_KEY, DATA_DIR } = own.config;
    await using started = new TestProcess({
      args: ['subgraphs/identity/src/main.ts'],
      env: {
        DATABASE_URL,
        REDIS_URL,
        REDIS_PREFIX: 'admin-cli:',
        SECRET_KEY,
        DATA_DIR,
        BCRYPT_COST: '4',
        ADMIN_PASSWORD: password,
      },
    });
    await eventually(() => expect(started.output).toContain('listening'), 'the start of identity');
    if (warning) await eventually(() => expect(started.output).toContain(warning), 'the warning');
    expect(started.output.includes('npm run admin')).toBe(warning !== '');
    expect((await own.login('admin', 'seven copper kettles')).error).toBeUndefined();
  },
);

test('works on the embedded installation, stopped and running, and says if there is none', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'chat-admin-'));
  try {
    const nowhere = await run(['create-user', 'ada'], { DATA_DIR: join(dataDir, 'none') });
    expect(nowhere).toMatchObject({ code: 1, output: expect.stringContaining('There is no installation in') });
    const postgres = await startPostgres({ dir: postgresFolder(dataDir) });
    try {
      const running = await run(['create-user', 'ada'], { DATA_DIR: dataDir });
      expect(running).toMatchObject({ code: 0, output: expect.stringContaining('Created ada (USER).') });
    } finally {
      await postgres.stop();
    }
    const stopped = await run(['reset-password', 'ada'], { DATA_DIR: dataDir });
    expect(stopped).toMatchObject({ code: 0, output: expect.stringContaining('New password of ada: ') });
    expect(stopped.output).toContain(`Opening the installation in ${dataDir}`);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});

test('a database that does not answer is an error, not a wait without end', async () => {
  const { code, output } = await run(['reset-password', 'admin'], {
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
  });
  expect({ code, output }).toMatchObject({
    code: 1,
    output: expect.stringContaining('PostgreSQL at 127.0.0.1:1 does not answer'),
  });
});
