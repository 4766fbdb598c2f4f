/** From standalone to many processes: `npm run db:export` and `npm run db:import` move a database whole, or not at all. */
import { createTestDatabase } from '@chat/kit/testing/test-database';
import { TestProcess } from '@chat/kit/testing/test-process';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Client } from 'pg';
import { HistoryDocument, LoginDocument } from '../../generated/operations';
import { startDistributed } from '../../harness/distributed';
import { PASSWORD, RemotePerson } from '../../harness/remote-person';

let dir: string;
let dump: string;
let channelId: string;
let source: Record<string, string>;
const SECRET_KEY = 'a secret of the end-to-end tests, 32 characters';
/** Texts that a format of rows and columns could break. */
const BODIES = ['\\.', 'tab\tand \\N', 'two\nlines', 'line\u2028separator', '{"json": "\\u0041"}', 'ünï😀'];

/** Runs an npm command for the database at `env.DATABASE_URL`, or below `env.DATA_DIR`. */
async function command(script: string, args: string[], env: Record<string, string>) {
  await using process = new TestProcess({ args: [`scripts/${script}.ts`, ...args], env });
  return { ...(await process.exited), output: process.output };
}

async function sql<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A hash of each table, computed another way than the commands do. */
function tableHashes(url: string): Promise<Record<string, string>> {
  return sql(url, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
         and table_name not like '%migrations'`,
    );
    const hashes: Record<string, string> = {};
    for (const { name } of rows) {
      const { rows: found } = await client.query<{ hash: string }>(
        `select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as hash from ${name} t`,
      );
      hashes[name] = found[0]!.hash;
    }
    return hashes;
  });
}

const emptyDatabase = () => createTestDatabase('empty', () => Promise.resolve());

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chat-move-'));
  dump = join(dir, 'chat.dump');
  const env = { DATA_DIR: join(dir, 'data'), PORT: '0', BCRYPT_COST: '4', RATE_LIMIT_PER_MINUTE: '0', SECRET_KEY };
  await using standalone = new TestProcess({ args: ['standalone/src/main.ts'], env: { ...env, LOG_LEVEL: 'warn' } });
  const [, url = ''] = await standalone.waitFor(/The chat is at (\S+)/);
  await using ada = await RemotePerson.registers(url, 'ada');
  await using bob = await RemotePerson.registers(url, 'bob');
  ({ channelId } = await ada.opens(bob));
  for (const body of BODIES) await ada.sends(channelId, body);
  // A running installation can be exported, too.
  expect(await command('db-export', [join(dir, 'running.dump')], { DATA_DIR: env.DATA_DIR })).toMatchObject({
    code: 0,
  });
}, 300_000);
afterAll(() => rm(dir, { recursive: true, force: true }));

/** The embedded PostgreSQL of the running installation. */
async function embeddedUrl(): Promise<string> {
  const password = await readFile(join(dir, 'data/postgres/password'), 'utf8');
  const port = (await readFile(join(dir, 'data/postgres/cluster/postmaster.pid'), 'utf8')).split('\n')[3];
  return `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`;
}

test('a stopped installation is exported to a file that only its owner can read', async () => {
  const { code, output } = await command('db-export', [dump], { DATA_DIR: join(dir, 'data') });
  expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/^identity\.users: 4 rows$/m) });
  expect(output).toMatch(
    /chat\.dump has \d+ rows of \d+ tables, contents [0-9a-f]{16}\.\nNot in it: the secret in .*secret-key/,
  );
  expect((await stat(dump)).mode & 0o777).toBe(0o600);
  expect((await command('db-export', [dump], { DATA_DIR: join(dir, 'data') })).output).toContain('exists already');
  expect((await readdir(dir)).sort()).toEqual(['chat.dump', 'data', 'running.dump']);
});

test('the file is loaded into another PostgreSQL with equal contents, and many processes go on with it', async () => {
  await using target = await emptyDatabase();
  const { code, output } = await command('db-import', [dump], { DATABASE_URL: target.url });
  expect({ code, output }).toEqual({
    code: 0,
    output: expect.stringMatching(/\nLoaded \d+ rows of \d+ tables, contents \w+/),
  });

  // Exported again, the contents are the same; and so are hashes of the source's tables.
  const again = await command('db-export', [join(dir, 'again.dump')], { DATABASE_URL: target.url });
  const contents = (text: string) => /contents (\w+)/.exec(text)![1];
  expect(contents(again.output)).toBe(contents(output));
  await using embedded = new TestProcess({
    args: ['standalone/src/main.ts'],
    env: { DATA_DIR: join(dir, 'data'), PORT: '0', LOG_LEVEL: 'warn', SECRET_KEY },
  });
  await embedded.waitFor(/The chat is at/);
  source = await tableHashes(await embeddedUrl());
  const moved = await tableHashes(target.url);
  expect(Object.keys(moved)).toEqual(expect.arrayContaining(['identity.users', 'messaging.messages']));
  const changedByRunning = (name: string) =>
    /event_epoch|event_followers|event_news|job_workers|graphile_worker/.test(name);
  const stable = (hashes: Record<string, string>) =>
    Object.fromEntries(Object.entries(hashes).filter(([name]) => !changedByRunning(name)));
  expect(stable(moved)).toEqual(stable(source));

  await using system = await startDistributed({
    databaseUrl: target.url,
    redisUrl: testRedisUrl(),
    redisPrefix: testRedisPrefix(),
    copies: 1,
    env: { SECRET_KEY },
  });
  await using nobody = new RemotePerson(system.urls[0]!);
  const { login } = await nobody.does(LoginDocument, { input: { identifier: 'ada', password: PASSWORD } });
  await using ada = new RemotePerson(system.urls[0]!, login.accessToken);
  await ada.sends(channelId, 'from many processes');
  const { channel } = await ada.does(HistoryDocument, { id: channelId, last: 20 });
  const bodies = channel.messages.edges.map(({ node }) => node.body);
  expect(bodies.slice(-BODIES.length - 1)).toEqual([...BODIES, 'from many processes']);

  const inUse = await command('db-import', [dump, '--replace'], { DATABASE_URL: target.url });
  expect(inUse).toMatchObject({
    code: 1,
    output: expect.stringMatching(/The database is in use \(.*identity.*\)\. Stop/),
  });
}, 180_000);

test('a used database is replaced only on request, and a bad file changes nothing', async () => {
  await using target = await emptyDatabase();
  await command('db-import', [dump], { DATABASE_URL: target.url });
  await sql(target.url, (client) => client.query(`update identity.users set display_name = 'changed'`));
  const before = await tableHashes(target.url);
  const refused = async (file: string, ...flags: string[]) => {
    const { code, output } = await command('db-import', [file, ...flags], { DATABASE_URL: target.url });
    expect(code).toBe(1);
    expect(await tableHashes(target.url)).toEqual(before);
    return output;
  };
  expect(await refused(dump)).toContain('The database has 4 accounts. Add --replace');

  const text = gunzipSync(await readFile(dump)).toString();
  const variant = async (name: string, content: string | Buffer) => {
    await writeFile(join(dir, name), content);
    return join(dir, name);
  };
  const zipped = (name: string, content: string) => variant(name, gzipSync(content));
  const lines = text.split('\n');
  expect(await refused(await zipped('cut', lines.slice(0, -20).join('\n')), '--replace')).toMatch(/cut off|rows/);
  expect(await refused(await variant('half', (await readFile(dump)).subarray(0, -100)), '--replace')).not.toBe('');
  expect(
    await refused(
      await zipped('forged', text.replace('from', 'form').replace('two\\nlines', 'two\\nlies')),
      '--replace',
    ),
  ).toMatch(/messaging\.\w+ has \d+ rows, and their contents are not those/);
  expect(
    await refused(
      await zipped('other', text.replace('mikro_orm_migrations 001', 'mikro_orm_migrations 000')),
      '--replace',
    ),
  ).toContain('another version of the database');
  expect(await refused(await variant('text', 'no dump'), '--replace')).not.toBe('');
  expect(await refused(join(dir, 'missing'), '--replace')).toContain('ENOENT');

  expect((await command('db-import', [dump, '--replace'], { DATABASE_URL: target.url })).code).toBe(0);
  expect((await tableHashes(target.url))['identity.users']).toBe(source['identity.users']);
}, 180_000);
