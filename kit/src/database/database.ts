/**
 * One subgraph's part of PostgreSQL: its own schema, migrated at start, and all connections of the process to it.
 * An outage is no failure: the database retries until PostgreSQL is back, and callers get SERVICE_UNAVAILABLE meanwhile.
 */
import 'reflect-metadata';
import { Configuration, DataloaderType, type AnyEntity, type EntityClass, type MigrationObject } from '@mikro-orm/core';
import { ReflectMetadataProvider } from '@mikro-orm/decorators/legacy';
import { defineConfig, MikroORM, type EntityManager, type PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';
import type { Logger } from '../logging';
import { databaseAway } from './connection-error';
import { connectionOptions } from './connections';
import { migrate } from './migrate';
import { NotificationListener } from './notification-listener';
import { Replicas, type ReplicaServer } from './replicas';
import { retryOutages } from './retry-outages';

export type { EntityManager } from '@mikro-orm/postgresql';

export interface DatabaseOptions {
  /** `postgresql://user:password@host:port/name` */
  url: string;
  /**
   * The server itself, if `url` is a pooler in transaction mode: for notifications and migrations. Statements then have no names, and the
   * pooler sets their timeouts.
   */
  directUrl?: string;
  /** Servers that follow `url`, for {@link Database.replicas}. */
  replicaUrls?: readonly string[];
  /** The PostgreSQL schema that holds everything of this subgraph. */
  schema: string;
  entities: EntityClass<AnyEntity>[];
  migrations: MigrationObject[];
  /** Connections for statements; default 10. Beyond these, a process has one to hear notifications, and one during a link check. */
  poolSize?: number;
  /** How long one statement may run before PostgreSQL ends it, in milliseconds; default 15 s. Migrations take as long as they need. */
  statementTimeoutMs?: number;
  /** Silence after which a connection that waits for an answer is checked, in milliseconds; default 3000. */
  silenceMs?: number;
  log: Logger;
}

const STATEMENT_TIMEOUT_MS = 15_000;

/** How long an unused connection is kept, in milliseconds. After 10 s, pg's default, an idle process would open one a second for its own work. */
const IDLE_MS = 120_000;

/** Beyond the statement timeout, for the answer of a loaded server to arrive, in milliseconds. */
const ANSWER_GRACE_MS = 3000;
/** How long a health check may take, in milliseconds; less than its callers wait. */
const HEALTH_TIMEOUT_MS = 1500;

export class Database implements AsyncDisposable {
  /** Hears notifications for everything in this process that listens. */
  readonly notifications: NotificationListener;
  /** For reads that need not come from the primary. */
  readonly replicas: Replicas;
  private isReady = false;
  private readonly closing = new AbortController();

  private constructor(
    readonly orm: MikroORM,
    private readonly followers: readonly PostgreSqlDriver[],
    private readonly pools: readonly Pool[],
    private readonly options: DatabaseOptions,
  ) {
    this.notifications = new NotificationListener({ ...options, url: this.directUrl });
    this.replicas = new Replicas(followers.map(serverOf), () => this.pool(), options.log);
  }

  /** For connections that keep a state. */
  get directUrl(): string {
    return this.options.directUrl ?? this.options.url;
  }

  /** Returns at once; {@link ready} settles when the schema is migrated. */
  static async open(options: DatabaseOptions): Promise<Database> {
    const { statementTimeoutMs = STATEMENT_TIMEOUT_MS } = options;
    const pools: Pool[] = [];
    const settings = defineConfig({
      clientUrl: options.url,
      schema: options.schema,
      entities: options.entities,
      discovery: { warnWhenNoEntities: false },
      ensureDatabase: options.directUrl === undefined, // a pooler may have another name for it
      metadataProvider: ReflectMetadataProvider,
      metadataCache: { enabled: false },
      dataloader: DataloaderType.ALL,
      pool: { min: 0, max: options.poolSize ?? 10, idleTimeoutMillis: IDLE_MS },
      driverOptions: {
        ...connectionOptions(options.schema, {
          deadlineMs: statementTimeoutMs + ANSWER_GRACE_MS,
          silenceMs: options.silenceMs,
          isPooled: options.directUrl !== undefined,
          onPool: (pool) => void pools.push(pool),
        }),
        ...(options.directUrl === undefined && {
          statement_timeout: statementTimeoutMs,
          idle_in_transaction_session_timeout: statementTimeoutMs,
        }),
      },
      logger: (line) => options.log.debug(line),
    });
    const orm = await MikroORM.init(settings);
    // A driver of its own, as MikroORM's replicas take no raw SQL, and are chosen at random.
    const followers = (options.replicaUrls ?? []).map((clientUrl) => {
      const driver = new Configuration<PostgreSqlDriver>({ ...settings, clientUrl }).getDriver();
      driver.getPlatform().init(orm);
      driver.setMetadata(orm.getMetadata());
      return driver;
    });
    return new Database(orm, followers, pools, options);
  }

  /** A fresh unit of work for one request, event or job. @throws SERVICE_UNAVAILABLE before the first migration has passed. */
  fork(): EntityManager {
    this.demandReady();
    return this.orm.em.fork();
  }

  /** @throws SERVICE_UNAVAILABLE before the first migration has passed */
  demandReady(): void {
    if (!this.isReady) throw databaseAway();
  }

  /** The connections behind {@link fork}, for libraries that bring their own SQL. */
  pool(): Promise<Pool> {
    return this.orm.em.getConnection('write').getNativeClient();
  }

  /**
   * Settles when the schema is up to date; retries while PostgreSQL is away. Rejects if a migration is wrong.
   * @param prepare further work that requests depend on
   */
  async ready(prepare: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    if (this.isReady) return;
    const isDone = await this.retryOutages(async () => {
      await migrate({ ...this.options, url: this.directUrl }, this.closing.signal);
      await prepare();
    });
    this.isReady = isDone;
  }

  /** Repeats `work` while it fails because of an outage. @returns false if the database was closed before `work` succeeded. */
  retryOutages(work: () => Promise<void>): Promise<boolean> {
    return retryOutages(work, this.options.log, this.closing.signal);
  }

  /** Whether a statement is answered in time, on the connections that requests use. */
  async isHealthy(): Promise<boolean> {
    if (!this.isReady) return false;
    const { promise: late, resolve: expire } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => expire(false), HEALTH_TIMEOUT_MS);
    const asked = this.orm.checkConnection().then(({ ok }) => ok);
    return Promise.race([asked, late]).finally(() => clearTimeout(timer));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closing.abort();
    await this.notifications[Symbol.asyncDispose]();
    await this.endPools();
    await this.orm.close(true);
    for (const driver of this.followers) await driver.close(true);
  }

  /**
   * Ends the pools before kysely does. kysely forgets its pool first, so that a connection which is being opened then is never
   * given back, and the end of the pool waits for it for ever.
   */
  private async endPools(): Promise<void> {
    const ended = this.pools.map(async (pool) => {
      const end = pool.end();
      pool.end = () => end;
      await end;
    });
    await Promise.all(ended);
  }
}

function serverOf(driver: PostgreSqlDriver): ReplicaServer {
  const { host, port } = new URL(driver.config.get('clientUrl'));
  const em = driver.createEntityManager();
  return {
    name: port ? host : `${host}:5432`,
    pool: () => driver.getConnection().getNativeClient(),
    fork: () => em.fork({ disableContextResolution: true }),
  };
}
