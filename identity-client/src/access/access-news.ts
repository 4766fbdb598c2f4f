/**
 * Publishes access changes from a subgraph's outbox table, and sends a beat whenever the table is empty. Services publish a change
 * themselves before they answer; this loop covers changes that they could not publish. Processes share the work.
 */
import type { Redis } from 'ioredis';
import type { EntityManager } from '@chat/kit/database/database';
import type { Logger } from '@chat/kit/logging';
import { AccessBeatWriter, BEAT_MS } from './access-beats';

/** Limit of changes per pass. */
const NEWS_AT_ONCE = 1000;

export interface AccessNewsOptions<Row> {
  redis: Redis;
  prefix: string;
  /** The subgraph. */
  source: string;
  fork: () => EntityManager;
  /** The outbox, with a column `id`. Rows are inserted in the transaction of the change and deleted once they are published. */
  table: string;
  /** Further columns of the table that {@link publish} needs. */
  columns: string;
  /** Publishes changes; idempotent. @throws if Redis does not answer */
  publish: (rows: readonly Row[]) => Promise<void>;
  /** Runs before each pass, to publish further state. */
  prepare?: () => Promise<void>;
  log: Logger;
}

export class AccessNewsLoop<Row extends object> implements AsyncDisposable {
  private readonly beats: AccessBeatWriter;
  /** For looks at the table, which need no unit of work of their own. */
  private em: EntityManager | undefined;
  private timer: NodeJS.Timeout | undefined;
  private passing: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(private readonly options: AccessNewsOptions<Row>) {
    this.beats = new AccessBeatWriter(options.redis, options.source, options.prefix);
    this.passLater();
  }

  private passLater(): void {
    if (this.isClosed) return;
    this.timer = setTimeout(() => {
      this.passing = this.pass().finally(() => this.passLater());
    }, BEAT_MS).unref();
  }

  /** The next pass retries a failure, so the log has it at debug level only. */
  private async pass(): Promise<void> {
    const { prepare, log } = this.options;
    try {
      const moment = await this.beats.present();
      await prepare?.();
      if (await this.publishAll()) await this.beats.beat(moment);
    } catch (error) {
      log.debug({ err: error }, 'access changes could not be published; trying again');
    }
  }

  /** @returns whether all changes that were in the table at the start are published */
  private async publishAll(): Promise<boolean> {
    const { fork, table, columns, publish } = this.options;
    const [state] = await (this.em ??= fork()).execute<{ any: boolean }[]>(
      `select exists (select from ${table}) as any`,
    );
    if (!state!.any) return true;
    return fork().transactional(async (tx) => {
      // The total includes rows that other processes are publishing, until they are deleted.
      const rows = await tx.execute<(Row & { total: string })[]>(
        `with taken as (delete from ${table} where id in
           (select id from ${table} order by id limit ${NEWS_AT_ONCE} for update skip locked) returning ${columns})
         select taken.*, (select count(*) from ${table}) as total from taken`,
      );
      await publish(rows);
      return rows.length > 0 && rows.length === Number(rows[0]!.total);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.passing;
    this.beats[Symbol.dispose]();
  }
}
