// cspell:words userlist
/**
 * The chat behind a real PgBouncer with the configuration of deploy/: messages, subscriptions and jobs work on fewer connections than the chat
 * has, and go on after a restart of the pooler.
 */
import { fetchDebianPackages } from '@chat/kit/embedded/debian-packages';
import { freePort } from '@chat/kit/process/free-port';
import { ServiceProcess } from '@chat/kit/process/service-process';
import { createTestDatabase } from '@chat/kit/testing/test-database';
import { eventually } from '@chat/kit/testing/eventually';
import { sql } from '@chat/kit/testing/sql';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { read } from '../../../scripts/generated-files';
import { startChat } from '../../harness/chat';
import { follow } from '../../harness/follow';
import { RemotePerson } from '../../harness/remote-person';

/** Connections to PostgreSQL for the pools of six subgraphs. */
const SERVER_CONNECTIONS = 6;
const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';
const SCHEDULE = 'mutation ($input: ScheduleMessageInput!) { scheduleMessage(input: $input) { id } }';
const INSTALLED = '/usr/sbin/pgbouncer';

async function findPgBouncer(): Promise<{ program: string; env: NodeJS.ProcessEnv } | undefined> {
  if (existsSync(INSTALLED)) return { program: INSTALLED, env: process.env };
  const options = { name: 'pgbouncer', packages: ['pgbouncer'], program: 'usr/sbin/pgbouncer' };
  const fetched = await fetchDebianPackages(options).catch(() => undefined);
  return (
    fetched && {
      program: join(fetched.root, options.program),
      env: { ...process.env, LD_LIBRARY_PATH: fetched.libraryPath },
    }
  );
}

/** Replaces each text of the documented file, and fails if one is missing. */
function configured(replacements: Record<string, string>): string {
  return Object.entries(replacements).reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  }, read('deploy/pgbouncer/pgbouncer.ini'));
}

test('messages, subscriptions and jobs work through PgBouncer in transaction mode', async () => {
  const pgBouncer = await findPgBouncer();
  if (!pgBouncer) return void process.stdout.write('NOT TESTED: pgbouncer is missing and cannot be fetched.\n');
  await using parts = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'chat-pgbouncer-'));
  parts.defer(() => rm(dir, { recursive: true, force: true }));
  const database = parts.use(await createTestDatabase('empty', () => Promise.resolve()));
  const direct = new URL(database.url);
  const port = await freePort();
  const config = join(dir, 'pgbouncer.ini');
  const users = join(dir, 'userlist.txt');
  await writeFile(
    config,
    configured({
      'chat = host=127.0.0.1 port=5432 dbname=chat': `chat = host=127.0.0.1 port=${direct.port} dbname=${direct.pathname.slice(1)}`,
      'listen_port = 6432': `listen_port = ${port}`,
      'auth_file = /etc/pgbouncer/userlist.txt': `auth_file = ${users}\nunix_socket_dir =`,
      'default_pool_size = 40': `default_pool_size = ${SERVER_CONNECTIONS}`,
    }),
  );
  await writeFile(users, `"${direct.username}" "${decodeURIComponent(direct.password)}"\n`);
  // PgBouncer does not run as root.
  await chmod(dir, 0o755);
  const pooled = new URL(direct);
  pooled.port = String(port);
  pooled.pathname = '/chat';
  const pooler = parts.use(
    new ServiceProcess({
      name: 'PgBouncer',
      command: pgBouncer.program,
      args: [...(process.getuid?.() === 0 ? ['-u', 'nobody'] : []), config],
      env: pgBouncer.env,
      logFile: join(dir, 'pgbouncer.log'),
      stopSignal: 'SIGINT',
      isReady: () =>
        sql(pooled.href, 'select 1').then(
          () => true,
          () => false,
        ),
    }),
  );
  await pooler.start();
  const chat = parts.use(
    await startChat({
      DATABASE_URL: pooled.href,
      DATABASE_DIRECT_URL: database.url,
      DATA_DIR: join(dir, 'data'),
      RATE_LIMIT_PER_MINUTE: '0',
    }),
  );
  const { url } = chat;
  const ada = parts.use(await RemotePerson.registers(url, 'ada'));
  const { channelId } = await ada.opens();
  const following = await follow(url, ada.token!, channelId, () => ada.sends(channelId, 'hello'));
  parts.defer(() => following.close());
  const { arrives } = following;

  const sendAt = new Date(Date.now() + 1_000);
  await ada.does(SCHEDULE, { input: { channelId, body: 'scheduled', sendAt } });
  await Promise.all(Array.from({ length: 60 }, (_, number) => ada.sends(channelId, `message ${number}`)));
  await arrives('message 59');
  await arrives('scheduled');
  const applications = await sql<{ name: string; count: number }>(
    database.url,
    `select application_name name, count(*)::int from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() group by 1`,
  );
  const pooledCount = applications
    .filter(({ name }) => !name.endsWith('-notifications'))
    .reduce((sum, { count }) => sum + count, 0);
  expect(pooledCount).toBeLessThanOrEqual(SERVER_CONNECTIONS);
  expect(applications.filter(({ name }) => name.endsWith('-notifications')).length).toBeGreaterThan(0);
  const [timeout] = await sql<{ statement_timeout: string }>(pooled.href, 'show statement_timeout');
  expect(timeout).toEqual({ statement_timeout: '15s' });

  await pooler.kill();
  await pooler.start();
  await eventually(
    async () => !(await ada.asks(SEND, { input: { channelId, body: 'again' } })).errors,
    'writing again',
  );
  await arrives('again');
  expect(chat.output()).not.toMatch(/prepared statement|"level":60/);
}, 180_000);
