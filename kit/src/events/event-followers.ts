/**
 * Followers: other subgraphs that are told of each event of the types that they name, in the transaction of the event, so no event is lost.
 * They get a job for each event, and the jobs of a stream run one after the other in its order; or, with a queue, a row for each event, and a
 * job only if none waits. Contains neither events nor rights.
 *
 * A job that has started may miss the row of a transaction that found it waiting. So it looks until {@link hasHeardAll} of its
 * {@link startHearing}: all transactions that began before it have ended then, and later ones add another job.
 */
import { ifTableIsMissing } from '../database/missing-table';
import type { EntityManager } from '../database/database';

/** The payload of a follower's job. */
export interface FollowedEvent {
  /** The subgraph that has the event. */
  schema: string;
  stream: string;
  seq: number;
  /** The correlation id of the request that made the event; absent if it was made outside of requests. */
  cause?: string;
}

/** The setting of a transaction that holds the correlation id of its request. */
export const CAUSE_SETTING = 'chat.cause';

/** Statements of the migration that lets others follow the events of a subgraph. Requires {@link createEventTables}. */
export const createFollowers = (schema: string): string[] => [
  `create table "${schema}".event_followers (task text primary key, types text[] not null)`,
  tellFollowers(schema),
  `create trigger tell_followers after insert on "${schema}".event
   referencing new table as appended for each statement execute function "${schema}".tell_followers()`,
];

/** Statements of a later migration, from which on followers may name streams. */
export const letFollowersNameStreams = (schema: string): string[] => [
  `alter table "${schema}".event_followers add column streams text[]`,
  tellFollowers(schema),
];

/** Statements of a later migration, from which on followers may have a queue. */
export const letFollowersHaveQueues = (schema: string): string[] => [
  `alter table "${schema}".event_followers add column queue text`,
  `create table "${schema}".event_news (task text not null, stream text not null, seq bigint not null, cause text, primary key (task, stream, seq))`,
  tellFollowers(schema),
];

/** The statement that creates or replaces the function of the trigger. It works once {@link letFollowersHaveQueues} has run. */
export const tellFollowers = (schema: string): string =>
  `create or replace function "${schema}".tell_followers() returns trigger language plpgsql as $$
   begin
     if exists (select 1 from "${schema}".event_followers) then
       -- One queue per stream. run_at is read while the stream is locked, so jobs run in the order of seq.
       perform graphile_worker.add_job(
           f.task, json_build_object('schema', '${schema}', 'stream', e.stream, 'seq', e.seq,
             'cause', nullif(current_setting('${CAUSE_SETTING}', true), '')),
           queue_name => f.task || ':' || e.stream, run_at => clock_timestamp())
         from appended e join "${schema}".event_followers f on e.type = any (f.types)
           and (f.streams is null or e.stream = any (f.streams)) where f.queue is null order by e.stream, e.seq;
       insert into "${schema}".event_news (task, stream, seq, cause)
         select f.task, e.stream, e.seq, nullif(current_setting('${CAUSE_SETTING}', true), '')
         from appended e join "${schema}".event_followers f on e.type = any (f.types)
           and (f.streams is null or e.stream = any (f.streams)) where f.queue is not null;
       if found then
         -- Only one transaction at a time uses the key, as others would wait for its end with their streams locked.
         perform graphile_worker.add_job(f.task, queue_name => f.queue,
             job_key => case when pg_try_advisory_xact_lock(hashtextextended(f.queue, 0)) then f.queue end)
           from "${schema}".event_followers f where f.queue is not null
             and exists (select 1 from appended e where e.type = any (f.types) and (f.streams is null or e.stream = any (f.streams)))
             and not exists (select 1 from graphile_worker.jobs j where j.key = f.queue and j.locked_at is null
               and j.attempts < j.max_attempts and j.run_at <= clock_timestamp());
       end if;
     end if;
     return null;
   end $$`;

export interface FollowOptions {
  /** The only streams that are followed; all by default. */
  streams?: readonly string[];
  /** The key and the queue of the job, with the prefix of its subgraph; by default, there is a job for each event. */
  queue?: string;
}

/**
 * Follows these types of events from now on; none ends it. Does nothing if the subgraph has no tables yet, so repeat it now and then.
 * @param task the task with the prefix of its subgraph, such as `plugins:dispatch-event`
 * @returns whether this changed anything
 */
export async function follow(
  em: EntityManager,
  schema: string,
  task: string,
  types: readonly string[],
  { streams, queue }: FollowOptions = {},
): Promise<boolean> {
  const statement =
    types.length === 0 || streams?.length === 0
      ? em.execute<unknown[]>(`delete from "${schema}".event_followers where task = ? returning 1`, [task])
      : em.execute<unknown[]>(
          `insert into "${schema}".event_followers as f (task, types, streams, queue)
           values (?, ${texts('?')}, case when ?::jsonb is null then null else ${texts('?')} end, ?)
           on conflict (task) do update set types = excluded.types, streams = excluded.streams, queue = excluded.queue
           where (f.types, f.streams, f.queue) is distinct from (excluded.types, excluded.streams, excluded.queue) returning 1`,
          [
            ...[task, JSON.stringify(types)],
            ...Array<string | null>(2).fill(streams ? JSON.stringify(streams) : null),
            queue ?? null,
          ],
        );
  return (await statement.catch(ifTableIsMissing<unknown[]>([]))).length > 0;
}

const texts = (json: string) => `array(select jsonb_array_elements_text(${json}::jsonb))`;

/** An event that a follower with a queue was told of. */
export interface News extends FollowedEvent {
  type: string;
  payload: Record<string, unknown>;
  createdAt: Date;
}

/** Whether a follower with a queue has not taken all that it was told of. */
export async function hasNews(em: EntityManager, schema: string, task: string): Promise<boolean> {
  const rows = await em
    .execute<unknown[]>(`select 1 from "${schema}".event_news where task = ? limit 1`, [task])
    .catch(ifTableIsMissing<unknown[]>([]));
  return rows.length > 0;
}

/**
 * Takes up to `limit` events that a follower with a queue was told of, those of a stream in their order. `write` keeps them in the same
 * transaction. Events that retention has removed are left out.
 */
export async function takeNews(
  em: EntityManager,
  schema: string,
  task: string,
  limit: number,
  write: (tx: EntityManager, news: News[]) => Promise<void>,
): Promise<void> {
  type Row = Omit<News, 'schema' | 'seq' | 'cause' | 'createdAt'> & { seq: string; cause: string | null; at: string };
  await em.transactional(async (tx) => {
    const rows = await tx.execute<Row[]>(
      `with next as (select stream, seq from "${schema}".event_news where task = ? order by stream, seq limit ?),
         taken as (delete from "${schema}".event_news n using next where n.task = ? and (n.stream, n.seq) = (next.stream, next.seq)
           returning n.stream, n.seq, n.cause)
       select stream, seq, taken.cause, e.type, e.payload, e.created_at as at
       from taken join "${schema}".event e using (stream, seq) order by stream, seq`,
      [task, limit, task],
    );
    await write(
      tx,
      rows.map(({ seq, cause, at, ...row }) => ({
        ...row,
        ...{ schema, seq: Number(seq), createdAt: new Date(at) },
        ...(cause !== null && { cause }),
      })),
    );
  });
}

/** Call it when the job of a follower with a queue starts. @returns the moment for {@link hasHeardAll} */
export async function startHearing(em: EntityManager): Promise<string> {
  const [row] = await em.execute<{ id: string }[]>('select pg_current_xact_id()::text as id');
  return row!.id;
}

/** Whether news that were told before that moment can be read from now on; later news have another job. */
export async function hasHeardAll(em: EntityManager, moment: string): Promise<boolean> {
  const [row] = await em.execute<{ is: boolean }[]>('select pg_snapshot_xmin(pg_current_snapshot()) > ?::xid8 as is', [
    moment,
  ]);
  return row!.is;
}
