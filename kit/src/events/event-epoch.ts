/**
 * The epoch of a subgraph's event streams. Event numbers are unique within one epoch only: a database that is restored from a
 * backup gives the numbers after the backup again. Such a database starts a new epoch, and cursors of earlier ones lead to a gap.
 *
 * A restore is recognised without the operator's help, by the identity of the database and of its history of writes:
 *
 * | The database                                     | differs in                                            |
 * | ------------------------------------------------ | ----------------------------------------------------- |
 * | was restored from a dump into another cluster    | the cluster's system identifier                       |
 * | was restored from a dump into another database   | the database's oid                                    |
 * | was restored from a dump in place                | the event table's oid, or its file if it was emptied  |
 * | was recovered to a point in time, or failed over | the timeline of the write-ahead log                   |
 * | is an older snapshot, under a running process    | the end of the write-ahead log, which is lower        |
 *
 * Not recognised: an older snapshot of the same cluster's files that is put in place while all processes of the subgraph are
 * stopped. Delete the row of `event_epoch` then (docs/subscriptions.md).
 */
import { randomBytes } from 'node:crypto';
import type { EntityManager } from '../database/database';
import { isMissingTable } from '../database/missing-table';
import type { Logger } from '../logging';

/** Statements of the migration that creates the table; `schema` is the subgraph's. */
export const createEpochTable = (schema: string): string[] => [
  `create table "${schema}".event_epoch (singleton boolean primary key default true check (singleton), epoch text not null, identity text not null)`,
];

/** How long the epoch counts without another look, in milliseconds. */
const FRESH_MS = 500;

interface State {
  epoch: string | null;
  known: string | null;
  identity: string;
  wal_end: string;
}

export class EventEpoch {
  private epoch: string | undefined;
  private walEnd = 0n;
  private checkedAt = -Infinity;
  private checking: Promise<void> | undefined;
  private changing: Promise<void> | undefined;

  /** @param onChange called when a known epoch is over, before anybody is told of the new one. */
  constructor(
    private readonly schema: string,
    private readonly fork: () => EntityManager,
    private readonly log: Logger,
    private readonly onChange: () => Promise<void>,
  ) {}

  /** As of the last look; undefined before the first. Empty if the schema has no epochs. */
  get current(): string | undefined {
    return this.epoch;
  }

  /** As of half a second ago or later. @throws if PostgreSQL is away. */
  async fresh(): Promise<string> {
    if (performance.now() - this.checkedAt > FRESH_MS || this.epoch === undefined) await this.check();
    await this.changing;
    return this.epoch!;
  }

  /** Looks now; concurrent callers share the look. @throws if PostgreSQL is away. */
  check(): Promise<void> {
    this.checking ??= this.look().finally(() => (this.checking = undefined));
    return this.checking;
  }

  private async look(): Promise<void> {
    const askedAt = performance.now();
    const em = this.fork();
    let state = await this.read(em);
    const walEnd = BigInt(state.wal_end);
    const isOwn = state.epoch !== null && state.epoch === this.epoch;
    if (state.known !== state.identity || (isOwn && walEnd < this.walEnd)) {
      await this.begin(em, state);
      state = await this.read(em);
    }
    const before = this.epoch;
    this.walEnd = walEnd;
    this.epoch = state.epoch ?? '';
    this.checkedAt = askedAt;
    if (before === undefined || before === this.epoch) return;
    this.log.warn({ epoch: this.epoch }, 'the database was restored or failed over: event streams begin a new epoch');
    try {
      await (this.changing = this.onChange());
    } catch (error) {
      this.epoch = before; // so the next look announces the change again
      throw error;
    } finally {
      this.changing = undefined;
    }
  }

  /** Of processes that notice at once, one begins the epoch. */
  private async begin(em: EntityManager, { epoch, identity }: State): Promise<void> {
    await em.execute(
      `insert into "${this.schema}".event_epoch (epoch, identity) values (?, ?)
       on conflict (singleton) do update set epoch = excluded.epoch, identity = excluded.identity
       where event_epoch.epoch is not distinct from ?`,
      [randomBytes(6).toString('base64url'), identity, epoch],
    );
  }

  private async read(em: EntityManager): Promise<State> {
    try {
      const [state] = await em.execute<State[]>(
        `select e.epoch, e.identity as known, i.identity, pg_current_wal_flush_lsn() - '0/0'::pg_lsn as wal_end
         from (select concat_ws(':', (select system_identifier from pg_control_system()),
             left(pg_walfile_name(pg_current_wal_flush_lsn()), 8),
             (select oid from pg_database where datname = current_database()),
             t.oid, pg_relation_filenode(t.oid)) as identity
           from (select '"${this.schema}".event_stream'::regclass::oid as oid) t
           where pg_relation_filenode(t.oid) is not null) i
         left join "${this.schema}".event_epoch e on true`,
      );
      // A restore may replace the table after its oid was found.
      return state ?? (await this.read(em));
    } catch (error) {
      if (!isMissingTable(error)) throw error;
      return { epoch: null, known: '', identity: '', wal_end: '0' };
    }
  }
}
