/**
 * Brings one schema up to date, in one transaction. Uses connections of its own, which are closed afterwards: migrations take as
 * long as they need, and other statements do not.
 */
import type { MigrationObject } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import type { Logger } from '../logging';
import { connectionOptions } from './connections';

export interface MigrateOptions {
  url: string;
  schema: string;
  migrations: MigrationObject[];
  log: Logger;
}

/** PostgreSQL ends the transaction of a process that has gone silent between two statements; others wait for its lock. */
const IDLE_TIMEOUT_MS = 60_000;

/** All or nothing. Processes that start together take turns. `signal` cuts the wait for that short. */
export async function migrate({ url, schema, migrations, log }: MigrateOptions, signal: AbortSignal): Promise<void> {
  const orm = await MikroORM.init({
    clientUrl: url,
    schema,
    entities: [],
    discovery: { warnWhenNoEntities: false },
    metadataCache: { enabled: false },
    extensions: [Migrator],
    migrations: {
      tableName: `${schema}.mikro_orm_migrations`,
      migrationsList: migrations,
      snapshot: false,
      silent: true,
    },
    pool: { min: 0, max: 2 },
    driverOptions: {
      ...connectionOptions(`${schema}-migrate`),
      idle_in_transaction_session_timeout: IDLE_TIMEOUT_MS,
    },
    logger: (line) => log.debug(line),
  });
  try {
    await orm.em.fork().transactional(async (em) => {
      await em.execute('select pg_advisory_xact_lock(hashtext(?))', [`migrate:${schema}`]);
      signal.throwIfAborted();
      // The migrator makes its own table first, on a connection of its own.
      await orm.em.fork().execute(`create schema if not exists "${schema}"`);
      await orm.migrator.up({ transaction: em.getTransactionContext<object>() });
    });
  } finally {
    await orm.close(true);
  }
}
