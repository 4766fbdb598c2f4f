/**
 * Followers: other subgraphs that get a job for each event of the types that they name, in the transaction of the event. So no event is
 * lost, and the jobs of a stream run one after the other in its order. Contains neither events nor rights.
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

/** The statement that creates or replaces the function of the trigger. It works once {@link letFollowersNameStreams} has run. */
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
           and (f.streams is null or e.stream = any (f.streams)) order by e.stream, e.seq;
     end if;
     return null;
   end $$`;

/**
 * Follows these types of events from now on; none ends it. Does nothing if the subgraph has no tables yet, so repeat it now and then.
 * @param task the task with the prefix of its subgraph, such as `plugins:dispatch-event`
 * @param streams the only streams that are followed; all by default
 * @returns whether this changed anything
 */
export async function follow(
  em: EntityManager,
  schema: string,
  task: string,
  types: readonly string[],
  streams?: readonly string[],
): Promise<boolean> {
  const statement =
    types.length === 0 || streams?.length === 0
      ? em.execute<unknown[]>(`delete from "${schema}".event_followers where task = ? returning 1`, [task])
      : em.execute<unknown[]>(
          `insert into "${schema}".event_followers (task, types, streams) values (?, ${texts('?')}, case when ?::jsonb is null then null else ${texts('?')} end)
           on conflict (task) do update set types = excluded.types, streams = excluded.streams
           where (event_followers.types, event_followers.streams) is distinct from (excluded.types, excluded.streams) returning 1`,
          [task, JSON.stringify(types), ...Array<string | null>(2).fill(streams ? JSON.stringify(streams) : null)],
        );
  return (await statement.catch(ifTableIsMissing<unknown[]>([]))).length > 0;
}

const texts = (json: string) => `array(select jsonb_array_elements_text(${json}::jsonb))`;
