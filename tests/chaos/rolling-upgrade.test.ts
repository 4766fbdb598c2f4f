// cspell:words DELUSER WRONGPASS
/**
 * The short rolling upgrade, at a rate that a busy machine bears, with new passwords for PostgreSQL and Redis as docs/operations/upgrades.md
 * changes them. `npm run upgrade:try` runs it at 100 messages a second, and from an older version.
 */
import { randomBytes } from 'node:crypto';
import { Redis } from '@chat/kit/redis';
import { createTestDatabase } from '@chat/kit/testing/test-database';
import { testEnvironment } from '@chat/kit/testing/environment';
import { sql } from '@chat/kit/testing/sql';
import { runUpgrade } from './rolling-upgrade';

const withLogin = (url: string, username: string, password: string): string =>
  Object.assign(new URL(url), { username, password }).href;

test('no message is lost, repeated or refused while every process is replaced, and gets other passwords', async () => {
  const name = `upgrade_${randomBytes(6).toString('hex')}`;
  const roles = [`${name}_1`, `${name}_2`];
  await using parts = new AsyncDisposableStack();
  const { url: admin } = parts.use(await createTestDatabase('upgrade', () => Promise.resolve()));
  const [{ database } = { database: '' }] = await sql<{ database: string }>(
    admin,
    'select current_database() as database',
  );
  await sql(admin, `create role ${roles[0]} login password 'old'`);
  await sql(admin, `alter database ${database} owner to ${roles[0]}`);
  const { redisUrl } = testEnvironment();
  const redis = new Redis(redisUrl);
  parts.defer(() => redis.disconnect());
  await redis.call('ACL', 'SETUSER', name, 'on', '>old', '~*', '&*', '+@all');
  parts.defer(async () => {
    await redis.call('ACL', 'DELUSER', name);
    // What they own goes with the database.
    await sql(testEnvironment().postgresUrl, `drop database ${database} with (force)`);
    for (const role of roles) await sql(testEnvironment().postgresUrl, `drop role if exists ${role}`);
  });
  const [old, next] = (['old', 'new'] as const).map((password, index) => ({
    databaseUrl: withLogin(admin, roles[index]!, password),
    redisUrl: withLogin(redisUrl, name, password),
    redisPrefix: `${name}:`,
  }));

  await sql(admin, `create role ${roles[1]} login password 'new' in role ${roles[0]}`);
  await redis.call('ACL', 'SETUSER', name, '>new');
  const { messages, violations } = await runUpgrade({
    servers: old!,
    perSecond: 20,
    next: {
      servers: next!,
      async onceReplaced() {
        await sql(admin, `alter role ${roles[0]} nologin`);
        await redis.call('ACL', 'SETUSER', name, '<old');
      },
    },
  });
  expect(violations).toEqual([]);
  expect(messages).toBeGreaterThan(20);

  await expect(sql(old!.databaseUrl, 'select 1')).rejects.toThrow('not permitted to log in');
  await expect(redis.call('AUTH', name, 'old')).rejects.toThrow('WRONGPASS');
}, 600_000);
