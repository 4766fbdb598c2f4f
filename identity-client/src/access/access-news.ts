/**
 * Publishes the changes of access that a subgraph's database has noted, and beats whenever all of them are published. Services
 * publish a change themselves before they answer; this loop covers what they could not publish. Processes share the work.
 */
import type { Redis } from 'ioredis';
import type { EntityManager } from '@chat/kit/database/database';
import type { Logger } from '@chat/kit/logging';
import { AccessBeatWriter, BEAT_MS } from './access-beats';

/** Changes that one look publishes at most. */
const NEWS_AT_ONCE = 1000;

export interface AccessNewsOptions<Row> {
  redis: Redis;
  prefix: string;
  /** The subgraph. */
  source: string;
  fork: () => EntityManager;
  /** The table of notes, with a column `id`: rows appear with the change's transaction and are deleted once published. */
  table: string;
  /** Further columns of the table that {@link publish} needs. */
  columns: string;
  /** Publishes changes; safe to repeat. @throws if Redis does not answer. */
  publish: (rows: readonly Row[]) => Promise<void>;
  /** Runs before each look, for what has to be published besides. */
  prepare?: () => Promise<void>;
  log: Logger;
}

export class AccessNewsLoop<Row extends object> implements AsyncDisposable {
  private readonly beats: AccessBeatWriter;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private isClosed = false;

  constructor(private readonly options: AccessNewsOptions<Row>) {
    this.beats = new AccessBeatWriter(options.redis, options.source, options.prefix);
    this.lookLater();
  }

  private lookLater(): void {
    if (this.isClosed) return;
    this.timer = setTimeout(() => {
      this.looking = this.look().finally(() => this.lookLater());
    }, BEAT_MS).unref();
  }

  /** A failure is repeated by the next look, so the log does not need it. */
  private async look(): Promise<void> {
    const { prepare, log } = this.options;
    try {
      const moment = await this.beats.present();
      await prepare?.();
      if (await this.publishAll()) await this.beats.beat(moment);
    } catch (error) {
      log.debug({ err: error }, 'changes of access could not be published now');
    }
  }

  /** @returns whether everything is published that was noted when it began. */
  private async publishAll(): Promise<boolean> {
    const { fork, table, columns, publish } = this.options;
    const [state] = await fork().execute<{ any: boolean }[]>(`select exists (select from ${table}) as any`);
    if (!state!.any) return true;
    return fork().transactional(async (tx) => {
      // The count sees the rows that other processes are publishing as well: as long as those are not gone, they count.
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
    await this.looking;
  }
}
