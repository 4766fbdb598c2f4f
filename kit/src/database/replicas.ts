/**
 * Read replicas. A replica takes a read only once it has replayed everything that the primary had committed when the read began, so that
 * no viewer ever reads anything older than their own last write, or than an event that they have heard. If no replica has caught up in
 * time, the read goes to the primary. Never throws, and writes nothing.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Pool } from 'pg';
import { GroupedCalls } from '../grouped-calls';
import type { Logger } from '../logging';

/** How long a read waits for a replica to catch up, in milliseconds. */
const CATCH_UP_MS = 100;
/** The first pause between two looks at a replica that is behind, in milliseconds; doubled each time. */
const FIRST_PAUSE_MS = 1;
/** How long a replica that was away or behind gets no reads, in milliseconds: only one read a second waits for it. */
const REST_MS = 1000;

const SYSTEM = '(select system_identifier from pg_control_system())::text as system';
/** What is acknowledged is flushed; what comes after that no reader can expect. */
const COMMITTED = `select ${SYSTEM}, (pg_current_wal_flush_lsn() - '0/0')::text as bytes`;
const REPLAYED = `select ${SYSTEM}, (pg_last_wal_replay_lsn() - '0/0')::text as bytes, pg_is_in_recovery() as "isReplica"`;

/** A position in the write-ahead log of one database system. */
interface Position {
  system: string;
  bytes: bigint;
}

/** The server behind a pool, and the units of work on it. */
export interface ReplicaServer {
  /** For logs: host and port. */
  name: string;
  pool(): Promise<Pool>;
  fork(): EntityManager;
}

export class Replicas {
  /** Reads that could go to a replica, by the server that took them. */
  readonly reads = { replica: 0, primary: 0 };
  private readonly replicas: readonly Replica[];
  private readonly committed: GroupedCalls<void, Position>;
  private turn = 0;

  constructor(servers: readonly ReplicaServer[], primary: () => Promise<Pool>, log: Logger) {
    this.replicas = servers.map((server) => new Replica(server, log));
    this.committed = askedTogether(async () => positionOf(await firstRow(await primary(), COMMITTED)));
  }

  get areThere(): boolean {
    return this.replicas.length > 0;
  }

  /** A unit of work on a replica that is not behind this moment; undefined if the primary is to be read. */
  async fork(): Promise<EntityManager | undefined> {
    const replica = this.next();
    const isCaughtUp = await replica?.catchesUp(() => this.committed.run());
    this.reads[isCaughtUp ? 'replica' : 'primary']++;
    return isCaughtUp ? replica!.server.fork() : undefined;
  }

  /** Counts a read that failed on a replica, and that the primary answers now. */
  readAgain(): void {
    this.reads.replica--;
    this.reads.primary++;
  }

  private next(): Replica | undefined {
    const ready = this.replicas.filter((replica) => !replica.isResting);
    return ready[this.turn++ % ready.length];
  }
}

class Replica {
  private readonly replayed: GroupedCalls<void, Position>;
  private restsUntil = 0;
  private isTrusted = true;

  constructor(
    readonly server: ReplicaServer,
    private readonly log: Logger,
  ) {
    this.replayed = askedTogether(() => this.ask());
  }

  get isResting(): boolean {
    return performance.now() < this.restsUntil;
  }

  /** Whether it replays, within 100 ms, what was committed when this was called. */
  async catchesUp(committed: () => Promise<Position>): Promise<boolean> {
    const late = AbortSignal.timeout(CATCH_UP_MS);
    const { promise: isLate, reject } = Promise.withResolvers<never>();
    late.addEventListener('abort', () => reject(new Error(`It did not catch up within ${CATCH_UP_MS} ms.`)));
    try {
      await Promise.race([this.passes(committed, late), isLate]);
      this.trust();
      return true;
    } catch (error) {
      this.distrust(error);
      return false;
    }
  }

  private async passes(committed: () => Promise<Position>, late: AbortSignal): Promise<void> {
    const goal = await committed();
    for (let pauseMs = FIRST_PAUSE_MS; !late.aborted; pauseMs *= 2) {
      const { system, bytes } = await this.replayed.run();
      if (system !== goal.system) throw new Error('It follows another database system.');
      if (bytes >= goal.bytes) return;
      await sleep(pauseMs);
    }
  }

  private async ask(): Promise<Position> {
    const row = await firstRow(await this.server.pool(), REPLAYED);
    if (!row.isReplica) throw new Error('It is no replica.');
    return positionOf(row);
  }

  private trust(): void {
    if (this.isTrusted) return;
    this.isTrusted = true;
    this.log.info({ replica: this.server.name }, 'the replica takes reads again');
  }

  private distrust(error: unknown): void {
    this.restsUntil = performance.now() + REST_MS;
    if (!this.isTrusted) return;
    this.isTrusted = false;
    this.log.warn({ err: error, replica: this.server.name }, 'the replica cannot be read; reads go to the primary');
  }
}

interface Row {
  system: string;
  bytes: string;
  isReplica?: boolean;
}

/** Questions that come together share one answer, which is never older than any of them. */
const askedTogether = (ask: () => Promise<Position>) =>
  new GroupedCalls<void, Position>(async (questions) => {
    const position = await ask();
    return questions.map(() => position);
  });

const firstRow = async (pool: Pool, text: string): Promise<Row> => (await pool.query<Row>(text)).rows[0]!;

const positionOf = ({ system, bytes }: Row): Position => ({ system, bytes: BigInt(bytes) });
