/** `npm start` from an operator's view: a process, its output and its data folder. */
import { startPostgres } from '@chat/kit/embedded/postgres';
import { isAlive } from '@chat/kit/process/owner-file';
import { freePort } from '@chat/kit/process/free-port';
import { TestProcess, type TestProcessOptions } from '@chat/kit/testing/test-process';
import { eventually } from '@chat/kit/testing/eventually';
import { TcpProxy } from '@chat/kit/testing/tcp-proxy';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse } from 'graphql';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publicAddress } from '../../../standalone/src/public-address';
import manifest from '../../../package.json';
import { HistoryDocument, LoginDocument, MeDocument } from '../../generated/operations';
import { PASSWORD, RemotePerson } from '../../harness/remote-person';

let dir: string;
let port: number;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chat-standalone-'));
  port = await freePort();
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function start(env: Record<string, string> = {}, command?: Partial<TestProcessOptions>): TestProcess {
  const settings = {
    DATA_DIR: dir,
    PORT: String(port),
    BCRYPT_COST: '4',
    RATE_LIMIT_PER_MINUTE: '0',
    LOG_LEVEL: 'warn',
  };
  return new TestProcess({ args: ['standalone/src/main.ts'], env: { ...settings, ...env }, ...command });
}

const url = () => `http://127.0.0.1:${port}/graphql`;
const READY = /The chat is at (\S+)/;

/** The process ids of the servers of a data folder: PostgreSQL, Redis. */
function serverPids(folder = dir): number[] {
  const files = ['postgres/cluster/postmaster.pid', 'redis/redis.pid'].map((file) => join(folder, file));
  return files.map((file) => parseInt(readFileSync(file, 'utf8'), 10));
}

/** The output of the audit command for the installation in `dir`. */
async function audit(command: string): Promise<string> {
  const args = ['subgraphs/identity/src/audit/audit.cli.ts', command];
  await using process = new TestProcess({ args, env: { DATA_DIR: dir } });
  expect(await process.exited).toEqual({ code: 0, signal: null });
  return process.output;
}

async function login(identifier: string, password: string) {
  await using nobody = new RemotePerson(url());
  return (await nobody.does(LoginDocument, { input: { identifier, password } })).login;
}

const CREATE_HOOK = parse(
  'mutation ($input: CreateIncomingWebhookInput!) { createIncomingWebhook(input: $input) { url } }',
) as TypedDocumentNode<{ createIncomingWebhook: { url: string } }, { input: object }>;

test('one command starts the chat, Ctrl-C stops all of it, and later starts find the data, even after a kill', async () => {
  let channelId: string;
  {
    const first = start();
    const [, address] = await first.waitFor(READY);
    expect(address).toBe(url());
    const [, password = ''] = await first.waitFor(/First administrator: admin, password (\S+)/);
    await first.waitFor(/npm run start:voice/);
    expect((await login('admin', password)).user.roles).toContain('ADMIN');

    await using ada = await RemotePerson.registers(url(), 'ada');
    await using bob = await RemotePerson.registers(url(), 'bob');
    const channel = await ada.opens(bob);
    channelId = channel.channelId;
    const heard = bob.hears(channel, 1);
    await ada.sends(channelId, 'first start');
    const { createIncomingWebhook: hook } = await ada.does(CREATE_HOOK, { input: { channelId, name: 'builds' } });
    expect(new URL(hook.url).origin).toBe(new URL(url()).origin);
    expect(await heard).toEqual([{ seq: 2, body: 'first start', author: { displayName: 'ADA' } }]);

    expect(await audit('verify')).toMatch(/^The chain holds: \d+ acts follow from each other.\n$/);
    const servers = serverPids();
    expect(servers.map(isAlive)).toEqual([true, true]);
    first.signal('SIGINT');
    expect(await first.exited).toEqual({ code: 0, signal: null });
    expect(servers.map(isAlive)).toEqual([false, false]);
    expect((await stat(join(dir, 'secret-key'))).mode & 0o777).toBe(0o600);

    const [oldest = ''] = (await audit('export')).split('\n');
    expect(JSON.parse(oldest)).toMatchObject({ seq: '1', action: 'account.first-administrator' });
    expect(await readdir(join(dir, 'postgres/cluster'))).not.toContain('postmaster.pid');
  }

  {
    const second = start();
    await second.waitFor(READY);
    expect(second.output).not.toContain('administrator');
    await using ada = new RemotePerson(url(), (await login('ada', PASSWORD)).accessToken);
    await ada.sends(channelId, 'second start');

    // While it runs, its folder and its port are taken.
    await using sameFolder = start({ PORT: '0' });
    expect(await sameFolder.exited).toEqual({ code: 1, signal: null });
    expect(sameFolder.output).toBe(
      `${dir} is in use by another running process (pid ${second.pid}). Stop it, or set DATA_DIR to another folder.\n`,
    );

    second.signal('SIGKILL');
    await second.exited;
  }

  await using third = start();
  await third.waitFor(READY);
  await using ada = new RemotePerson(url(), (await login('ada', PASSWORD)).accessToken);
  const { channel } = await ada.does(HistoryDocument, { id: channelId, last: 10 });
  expect(channel?.messages.edges.map(({ node }) => node.body)).toEqual(['hello', 'first start', 'second start']);
}, 300_000);

test('a port in use is named before any server is started', async () => {
  await using elsewhere = await temporaryFolder();
  await using occupied = start({ DATA_DIR: join(elsewhere.path, 'one'), ADMIN_PASSWORD: PASSWORD });
  await occupied.waitFor(READY);
  expect(occupied.output).toContain('First administrator: admin, with the password in ADMIN_PASSWORD.');
  expect((await login('admin', PASSWORD)).user.username).toBe('admin');

  await using late = start({ DATA_DIR: join(elsewhere.path, 'two') });
  expect(await late.exited).toEqual({ code: 1, signal: null });
  expect(late.output).toContain(
    `Port ${port} on 127.0.0.1 is in use by another process. Stop that one, or set PORT.\n`,
  );
  expect(await readdir(elsewhere.path)).toEqual(['one']);
}, 300_000);

test('all problems of the configuration are named before anything is started', async () => {
  await using elsewhere = await temporaryFolder();
  const dataDir = join(elsewhere.path, 'data');
  await using broken = start({
    DATA_DIR: dataDir,
    PORT: 'http',
    SECRET_KEY: 'short',
    DATABASE_URL: 'mysql://localhost',
    LOG_LEVEL: 'loud',
  });
  expect(await broken.exited).toEqual({ code: 1, signal: null });
  for (const name of ['PORT', 'SECRET_KEY', 'DATABASE_URL', 'LOG_LEVEL'])
    expect(broken.output).toContain(`  - ${name}: `);
  expect(await readdir(elsewhere.path)).toEqual([]);
});

test('a DATA_DIR that cannot be used is named before any server is started', async () => {
  await using elsewhere = await temporaryFolder();
  const file = join(elsewhere.path, 'file');
  await writeFile(file, '');
  for (const dataDir of [file, join(file, 'data'), '/proc/chat']) {
    await using broken = start({ DATA_DIR: dataDir });
    expect(await broken.exited).toEqual({ code: 1, signal: null });
    expect(broken.output).toMatch(
      /^DATA_DIR cannot be \S+: .*\. Set DATA_DIR to a folder that this user can write to\.\n$/,
    );
    expect(broken.output).toContain(dataDir);
  }
});

test('production demands a secret if the data is on other servers', async () => {
  const env = { NODE_ENV: 'production', DATABASE_URL: 'postgres://127.0.0.1:1/x', REDIS_URL: 'redis://127.0.0.1:1' };
  await using process = start(env);
  expect(await process.exited).toEqual({ code: 1, signal: null });
  expect(process.output).toContain('  - SECRET_KEY: is required in production');
});

test('the start waits for an unavailable database, and a signal gets through the shell of npm start', async () => {
  await using elsewhere = await temporaryFolder();
  await using process = start(
    { DATA_DIR: elsewhere.path, DATABASE_URL: 'postgres://127.0.0.1:1/x' },
    { command: 'sh', flags: ['-c'], args: [manifest.scripts.start] },
  );
  await process.waitFor(/PostgreSQL is not reachable/);
  await using nobody = new RemotePerson(url());
  const { errors } = await nobody.asks(LoginDocument, { input: { identifier: 'ada', password: PASSWORD } });
  expect(errors?.[0]?.extensions?.['code']).toBe('SERVICE_UNAVAILABLE');
  expect((await nobody.asks(MeDocument, {})).errors?.[0]?.extensions?.['code']).not.toBe('INTERNAL_SERVER_ERROR');
  process.signal('SIGINT');
  expect(await process.exited).toEqual({ code: 0, signal: null });
});

test.each(['creates its data', 'has its data'])(
  'a signal before it is ready ends it without errors while it %s',
  async (state) => {
    await using elsewhere = await temporaryFolder();
    const env = { DATA_DIR: elsewhere.path, LOG_LEVEL: 'info' };
    if (state === 'has its data') {
      await using first = start(env);
      await first.waitFor(READY);
    }
    await using process = start(env);
    const isListening = () =>
      fetch(new URL('/health', url())).then(
        ({ ok }) => ok,
        () => false,
      );
    await eventually(isListening, `an answer at ${url()}`, 60_000);
    process.signal('SIGTERM');
    expect(await process.exited).toEqual({ code: 0, signal: null });
    expect(process.output).not.toMatch(/"level":[56]0/);
  },
  120_000,
);

const ADDED =
  'subscription ($channelId: ID!, $after: String) { messageAdded(channelId: $channelId, after: $after) { body } }';

test('embedded servers that die are started again, and everything continues', async () => {
  await using elsewhere = await temporaryFolder();
  await using chat = start({ DATA_DIR: elsewhere.path });
  await chat.waitFor(READY);
  await using ada = await RemotePerson.registers(url(), 'ada');
  await using bob = await RemotePerson.registers(url(), 'bob');
  const { channelId, cursor } = await ada.opens(bob);
  const listening = await bob.follows<{ messageAdded: { body: string } }>(ADDED, { channelId, after: cursor });
  const heard = async (count: number) => (await listening.take(count)).map(({ messageAdded }) => messageAdded.body);
  await ada.sends(channelId, 'before');
  expect(await heard(1)).toEqual(['before']); // nobody connects while PostgreSQL is away

  const bodies = ['without PostgreSQL', 'without Redis'];
  for (const [index, body] of bodies.entries()) {
    const before = serverPids(elsewhere.path);
    process.kill(before[index]!, 'SIGKILL');
    const clientMutationId = body;
    await eventually(() => ada.sends(channelId, body, { clientMutationId }), `the sending of "${body}"`);
    await eventually(() => {
      const after = serverPids(elsewhere.path);
      expect(after[index]).not.toBe(before[index]);
      expect(after.map(isAlive)).toEqual([true, true]);
    }, 'another server');
  }
  expect(await heard(2)).toEqual(bodies);
  await listening.end();
  expect((await login('ada', PASSWORD)).user.username).toBe('ada');
  expect(chat.output).toMatch(/PostgreSQL ended unexpectedly[^]*Redis ended unexpectedly/);

  const servers = serverPids(elsewhere.path);
  chat.signal('SIGINT');
  const { code, signal } = await chat.exited;
  expect({ code, signal, output: code === 0 || chat.output }).toEqual({ code: 0, signal: null, output: true });
  expect(servers.map(isAlive)).toEqual([false, false]);
}, 300_000);

test.each([
  ['before its commit', /account\.first-administrator/, undefined],
  ['after its commit', /commit/i, /account\.first-administrator/],
])(
  'the login of the administrator is printed even if the connection is lost %s',
  async (_when, cut, first) => {
    await using elsewhere = await temporaryFolder();
    await using postgres = await startPostgres({ dir: join(elsewhere.path, 'own'), isThrowaway: true });
    await using proxy = await TcpProxy.start(postgres.url);
    const lost = proxy.cutAnswerTo(cut, first);
    await using chat = start({ DATA_DIR: elsewhere.path, DATABASE_URL: proxy.url });
    const [, password = ''] = await chat.waitFor(/First administrator: admin, password (\S+)/);
    await lost;
    expect((await login('admin', password)).user.roles).toContain('ADMIN');
  },
  120_000,
);

test('if PORT is 0 and PUBLIC_URL is unset, links contain the actual port', async () => {
  const taken = await publicAddress({ HOST: '127.0.0.1', PORT: 0, PUBLIC_URL: undefined });
  expect(taken.PORT).toBeGreaterThan(0);
  expect(taken.PUBLIC_URL).toBe(`http://127.0.0.1:${taken.PORT}`);
  const PORT = await freePort();
  const urlOf = async (HOST: string, PUBLIC_URL?: string) =>
    (await publicAddress({ HOST, PORT, PUBLIC_URL })).PUBLIC_URL;
  expect(await urlOf('0.0.0.0')).toBe(`http://localhost:${PORT}`);
  expect(await urlOf('::1')).toBe(`http://[::1]:${PORT}`);
  expect(await urlOf('0.0.0.0', 'https://chat.example')).toBe('https://chat.example');
});

async function temporaryFolder() {
  const path = await mkdtemp(join(tmpdir(), 'chat-standalone-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
