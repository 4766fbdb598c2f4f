/** Counts the jobs of one subgraph by state, for metrics. */
import type { EntityManager } from '../database/database';

export interface JobCounts {
  /** May run now. */
  due: number;
  running: number;
  /** May run later, such as repetitions after a failure. */
  scheduled: number;
  /** Used up all attempts. */
  failed: number;
  /** How long the oldest due job has been waiting; 0 if none is due. */
  oldestSeconds: number;
}

/** `name` is the subgraph's. */
export async function readJobCounts(em: EntityManager, name: string): Promise<JobCounts> {
  const [row] = await em.execute<Record<keyof JobCounts, string>[]>(
    `select count(*) filter (where state = 'due') due, count(*) filter (where state = 'running') running,
       count(*) filter (where state = 'scheduled') scheduled, count(*) filter (where state = 'failed') failed,
       coalesce(extract(epoch from now() - min(run_at) filter (where state = 'due')), 0) "oldestSeconds"
     from (select run_at, case when locked_at is not null then 'running' when attempts >= max_attempts then 'failed'
                               when run_at <= now() then 'due' else 'scheduled' end state
           from graphile_worker.jobs where starts_with(task_identifier, ?)) jobs`,
    [`${name}:`],
  );
  return {
    due: Number(row!.due),
    running: Number(row!.running),
    scheduled: Number(row!.scheduled),
    failed: Number(row!.failed),
    oldestSeconds: Number(row!.oldestSeconds),
  };
}
