/**
 * Event rows: each change that others can watch, written in the transaction that made it, numbered without gaps per stream.
 * Publishing happens after commit and may be lost; the rows are the truth.
 */
import type { EntityManager } from '../database/database';
import { currentCorrelationId, type Logger } from '../logging';
import type { Bell } from './bell';
import { CAUSE_SETTING } from './event-followers';
import type { EventMap, EventRow, EventType, Stream } from './stream-kind';

/** Rows after a position, and the stream's first and last `seq` (0 and 0 for a stream without events). */
export interface EventPage<Events extends EventMap = EventMap> {
  rows: EventRow<Events>[];
  firstSeq: number;
  lastSeq: number;
}

/** Appends an event to a stream and returns its `seq`. Locks the stream until commit: append late, and to streams in a fixed order. */
export interface Append {
  <Events extends EventMap, Type extends EventType<Events>>(
    stream: Stream<Events>,
    type: Type,
    payload: Events[Type],
  ): Promise<number>;
  /** Appends one event to each of any number of streams, in one statement. */
  toEach<Events extends EventMap, Type extends EventType<Events>>(
    streams: readonly Stream<Events>[],
    type: Type,
    payload: Events[Type],
  ): Promise<void>;
}

/** Statements of the migration that creates the tables; `schema` is the subgraph's. */
export const createEventTables = (schema: string): string[] => [
  `create table "${schema}".event_stream (stream text primary key, last_seq bigint not null, first_seq bigint not null default 1)`,
  `create table "${schema}".event (stream text not null, seq bigint not null, type text not null, payload jsonb not null,
     created_at timestamptz not null default now(), primary key (stream, seq))`,
];

export class EventLog {
  constructor(
    readonly schema: string,
    private readonly bell: Pick<Bell, 'ring'>,
    private readonly log: Logger,
  ) {}

  /**
   * Runs `work` in a transaction and publishes the appended events after the commit.
   * A nested call joins the outer transaction's database work but must not append: only the outermost publishes.
   */
  async transaction<T>(em: EntityManager, work: (tx: EntityManager, append: Append) => Promise<T>): Promise<T> {
    const appended: EventRow[] = [];
    const result = await em.transactional((tx) => {
      const add = async (streams: readonly string[], type: string, payload: Record<string, unknown>) => {
        const rows = await this.append(tx, streams, type, payload);
        appended.push(...rows);
        return rows;
      };
      const toOne = async (stream: string, type: string, payload: Record<string, unknown>) =>
        (await add([stream], type, payload))[0]!.seq;
      const toEach: Append['toEach'] = async (streams, type, payload) => void (await add(streams, type, payload));
      return work(tx, Object.assign(toOne, { toEach }));
    });
    this.publish(appended);
    return result;
  }

  /** Tells subscribers of rows that are already committed. Never throws: a bell that is not heard only delays. */
  publish(rows: readonly EventRow[]): void {
    if (rows.length === 0) return;
    this.bell
      .ring(rows)
      .catch((error: unknown) =>
        this.log.warn({ err: error, events: rows.length }, 'events were not published; subscribers find them later'),
      );
  }

  private async append(
    tx: EntityManager,
    streams: readonly string[],
    type: string,
    payload: Record<string, unknown>,
  ): Promise<EventRow[]> {
    if (streams.length === 0) return [];
    const rows = await tx.execute<{ stream: string; seq: string }[]>(
      `with next as (
         insert into "${this.schema}".event_stream as s (stream, last_seq)
         select distinct stream, 1 from jsonb_array_elements_text(?::jsonb) stream, set_config('${CAUSE_SETTING}', ?, true)
         order by stream
         on conflict (stream) do update set last_seq = s.last_seq + 1
         returning stream, last_seq)
       insert into "${this.schema}".event (stream, seq, type, payload)
       select stream, last_seq, ?, ?::jsonb from next returning stream, seq`,
      [JSON.stringify(streams), currentCorrelationId() ?? '', type, JSON.stringify(payload)],
    );
    return rows.map(({ stream, seq }) => ({ stream, seq: Number(seq), type, payload }));
  }

  /** Up to `limit` rows after `seq`. One statement, so that the rows and the stream's ends fit together. */
  async read<Events extends EventMap>(
    em: EntityManager,
    stream: Stream<Events>,
    seq: number,
    limit = 500,
  ): Promise<EventPage<Events>> {
    const rows = await em.execute<
      (Pick<EventRow, 'type' | 'payload'> & { first_seq: string; last_seq: string; seq: string | null })[]
    >(
      `select s.first_seq, s.last_seq, e.seq, e.type, e.payload from "${this.schema}".event_stream s
       left join lateral (select seq, type, payload from "${this.schema}".event
                          where stream = s.stream and seq > ? order by seq limit ?) e on true
       where s.stream = ?`,
      [seq, limit, stream],
    );
    return {
      // Appending has checked the types.
      rows: rows
        .filter((row) => row.seq !== null)
        .map(({ seq, type, payload }) => ({
          stream,
          seq: Number(seq),
          type,
          payload,
        })) as unknown as EventRow<Events>[],
      firstSeq: Number(rows[0]?.first_seq ?? 0),
      lastSeq: Number(rows[0]?.last_seq ?? 0),
    };
  }

  /** The last `seq` of each stream; streams without events are absent. */
  async lastSeqs(em: EntityManager, streams: readonly string[]): Promise<Map<string, number>> {
    if (streams.length === 0) return new Map();
    const rows = await em.execute<{ stream: string; last_seq: string }[]>(
      `select stream, last_seq from "${this.schema}".event_stream where stream in (?)`,
      [streams],
    );
    return new Map(rows.map((row) => [row.stream, Number(row.last_seq)]));
  }

  /** Deletes a stream's events up to and including `seq`; a subscriber that resumes from before it gets a gap. */
  async forgetUntil(em: EntityManager, stream: string, seq: number): Promise<void> {
    await em.transactional(async (tx) => {
      await tx.execute(`update "${this.schema}".event_stream set first_seq = greatest(first_seq, ?) where stream = ?`, [
        seq + 1,
        stream,
      ]);
      await tx.execute(`delete from "${this.schema}".event where stream = ? and seq <= ?`, [stream, seq]);
    });
  }
}
