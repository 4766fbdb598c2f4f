/** Metrics of one job queue: its length by state, the age of its oldest due job, and failed attempts. */
import type { Database } from '../database/database';
import type { GaugeDefinition } from '../telemetry/registries';
import { readJobCounts, type JobCounts } from './job-counts';
import type { Jobs } from './jobs';

/** How long one reading of the queue serves, in milliseconds; several gauges of a scrape share it. */
const FRESH_MS = 500;

/** `prefix` begins the names of the metrics. All processes of a subgraph report the same queue; failures are those of this process. */
export function jobGauges(prefix: string, jobs: Jobs, database: Database): GaugeDefinition[] {
  let counts: Promise<JobCounts> | undefined;
  let readAt = -Infinity;
  const read = () => {
    if (!counts || performance.now() - readAt > FRESH_MS) {
      readAt = performance.now();
      counts = Promise.resolve().then(() => readJobCounts(database.fork(), jobs.name));
    }
    return counts;
  };
  return [
    {
      name: `${prefix}_jobs`,
      help: 'Jobs in the queue, by state: due, running, scheduled, or failed for good.',
      labels: ['state'],
      async read() {
        const { oldestSeconds: _, ...states } = await read();
        return Object.entries(states).map(([state, value]) => ({ labels: { state }, value }));
      },
    },
    {
      name: `${prefix}_jobs_oldest_seconds`,
      help: 'How long the oldest due job has been waiting.',
      read: async () => [{ value: (await read()).oldestSeconds }],
    },
    {
      name: `${prefix}_job_failures_total`,
      help: 'Attempts of jobs that failed in this process, by task.',
      labels: ['task'],
      read: () => [...jobs.failures].map(([task, value]) => ({ labels: { task }, value })),
    },
  ];
}
