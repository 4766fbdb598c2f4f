/**
 * One subgraph's part of PostgreSQL: its own schema, migrated by itself at start.
 * It does not fail where PostgreSQL is away: it tries again until it is there, and callers get SERVICE_UNAVAILABLE meanwhile.
 */
import 'reflect-metadata';
import { DataloaderType, type AnyEntity, type EntityClass, type MigrationObject } from '@mikro-orm/core';
import { ReflectMetadataProvider } from '@mikro-orm/decorators/legacy';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM, type EntityManager } from '@mikro-orm/postgresql';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../logging';
import { databaseAway, isConnectionError } from './connection-error';

export type { EntityManager } from '@mikro-orm/postgresql';

export interface DatabaseOptions {
  /** `postgresql://user:password@host:port/name` */
  url: string;
  /** Servers that follow `url` and take reads which may be a moment old. */
  replicaUrls?: readonly string[];
  /** The PostgreSQL schema that holds everything of this subgraph. */
  schema: string;
  entities: EntityClass<AnyEntity>[];
  migrations: MigrationObject[];
  /** Connections per process; default 10. */
  poolSize?: number;
  /** How long one statement may run before PostgreSQL ends it, in milliseconds; default 15 s. Migrations take as long as they need. */
  statementTimeoutMs?: number;
  log: Logger;
}

const STATEMENT_TIMEOUT_MS = 15_000;

export class Database implements AsyncDisposable {
  private isReady = false;
  private readonly closing = new AbortController();

  private constructor(
    readonly orm: MikroORM,
    private readonly options: DatabaseOptions,
  ) {}

  /** Returns at once; {@link ready} settles when the schema is migrated. */
  static async open(options: DatabaseOptions): Promise<Database> {
    const { statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options;
    const orm = await MikroORM.init({
      clientUrl: options.url,
      ...(options.replicaUrls?.length && {
        replicas: options.replicaUrls.map((clientUrl, index) => ({ name: `replica-${index + 1}`, clientUrl })),
        preferReadReplicas: false,
      }),
      schema: options.schema,
      entities: options.entities,
      discovery: { warnWhenNoEntities: false },
      metadataProvider: ReflectMetadataProvider,
      metadataCache: { enabled: false },
      extensions: [Migrator],
      migrations: {
        tableName: `${options.schema}.mikro_orm_migrations`,
        migrationsList: options.migrations,
        snapshot: false,
        silent: true,
      },
      dataloader: DataloaderType.ALL,
      pool: { min: 0, max: options.poolSize ?? 10 },
      driverOptions: {
        application_name: options.schema,
        connectionTimeoutMillis: 5000,
        statement_timeout: statementTimeoutMs,
        idle_in_transaction_session_timeout: 2 * statementTimeoutMs,
      },
      logger: (line) => options.log.debug(line),
    });
    return new Database(orm, options);
  }

  /** A fresh unit of work for one request, event or job. @throws SERVICE_UNAVAILABLE before the first migration has passed. */
  fork(): EntityManager {
    if (!this.isReady) throw databaseAway();
    return this.orm.em.fork();
  }

  /**
   * Settles when the schema is up to date; waits for PostgreSQL as long as it takes. Rejects on a migration that is wrong.
   * @param prepare what else requests need in the database before the first of them is let at it
   */
  async ready(prepare: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    for (let attempt = 0; !this.isReady && !this.closing.signal.aborted; attempt++) {
      try {
        await this.migrate();
        await prepare();
        this.isReady = true;
      } catch (error) {
        if (!isConnectionError(error)) throw error;
        if (attempt === 0) this.options.log.warn('PostgreSQL is not reachable; trying again until it is');
        await sleep(Math.min(250 * (attempt + 1), 2000), undefined, { signal: this.closing.signal }).catch(
          () => undefined,
        );
      }
    }
  }

  /** `true` when a trivial statement is answered. */
  async isHealthy(): Promise<boolean> {
    return this.isReady && (await this.orm.checkConnection()).ok;
  }

  /** In one transaction: all or nothing. Processes that start together take turns, however long that is. */
  private async migrate(): Promise<void> {
    const { schema } = this.options;
    await this.orm.em.fork().transactional(async (em) => {
      await em.execute(
        "select set_config('statement_timeout', '0', true), set_config('idle_in_transaction_session_timeout', '0', true)",
      );
      await em.execute('select pg_advisory_xact_lock(hashtext(?))', [`migrate:${schema}`]);
      // The migrator makes its own table first, on a connection of its own.
      await this.orm.em.fork().execute(`create schema if not exists "${schema}"`);
      await this.orm.migrator.up({ transaction: em.getTransactionContext<object>() });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closing.abort();
    await this.orm.close(true);
  }
}
