/** The metrics that every subgraph has: its connections to PostgreSQL, its jobs, its event streams and the servers it depends on. */
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import type { Database } from '../database/database';
import type { EventFeed } from '../events/event-feed';
import type { Health } from '../graphql/subgraph';
import { jobGauges } from '../jobs/job-gauges';
import type { Jobs } from '../jobs/jobs';
import { addGauges, type GaugeDefinition, type Reading } from './registries';

export interface SubgraphMetricsParts {
  name: string;
  database: Database;
  feed: EventFeed;
  jobs: Jobs;
  health: () => Promise<Health>;
  /** Gauges of the subgraph's features. */
  gauges: readonly GaugeDefinition[];
}

/** Every series has the label `subgraph`. */
export function subgraphRegistry(parts: SubgraphMetricsParts): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ subgraph: parts.name });
  addGauges(registry, [
    ...poolGauges(parts),
    ...jobGauges('subgraph', parts.jobs, parts.database),
    ...eventGauges(parts),
    up(parts),
    ...parts.gauges,
  ]);
  return registry;
}

function poolGauges({ database }: SubgraphMetricsParts): GaugeDefinition[] {
  return [
    {
      name: 'subgraph_database_connections',
      help: 'Connections to PostgreSQL for requests and jobs, by state.',
      labels: ['state'],
      async read() {
        const { totalCount, idleCount } = await database.pool();
        return byState({ idle: idleCount, used: totalCount - idleCount });
      },
    },
    {
      name: 'subgraph_database_connections_limit',
      help: 'The value of DATABASE_POOL_SIZE.',
      read: async () => [{ value: (await database.pool()).options.max }],
    },
    {
      name: 'subgraph_database_waiting',
      help: 'Requests and jobs that wait for a connection to PostgreSQL.',
      read: async () => [{ value: waiting(await database.pool()) }],
    },
    {
      name: 'subgraph_replica_reads_total',
      help: 'Reads that a replica may answer, by the server that did: replica, or primary because no replica had caught up.',
      labels: ['server'],
      read: () => Object.entries(database.replicas.reads).map(([server, value]) => ({ labels: { server }, value })),
    },
  ];
}

/**
 * Requests that find neither an idle connection nor room for a new one. The pool queues all others for a tick, too, among them the scrape's
 * own statements.
 */
function waiting({ waitingCount, idleCount, totalCount, options }: Pool): number {
  return Math.max(0, waitingCount - idleCount - (options.max - totalCount));
}

function eventGauges({ feed }: SubgraphMetricsParts): GaugeDefinition[] {
  return [
    {
      name: 'subgraph_event_streams',
      help: 'Event streams with at least one reader in this process.',
      read: () => [{ value: feed.lag().streams }],
    },
    {
      name: 'subgraph_event_backlog',
      help: 'Events that exist and have not reached the readers in this process.',
      read: () => [{ value: feed.lag().events }],
    },
    {
      name: 'subgraph_event_lag_seconds',
      help: 'How long the slowest event stream of this process has been behind.',
      read: () => [{ value: feed.lag().seconds }],
    },
  ];
}

function up({ health }: SubgraphMetricsParts): GaugeDefinition {
  return {
    name: 'subgraph_dependency_up',
    help: 'Whether a server that the subgraph depends on answers: 1 or 0.',
    labels: ['dependency'],
    async read() {
      const parts = Object.entries(await health());
      return parts.map(([dependency, isUp]) => ({ labels: { dependency }, value: Number(isUp) }));
    },
  };
}

const byState = (counts: Record<string, number>): Reading[] =>
  Object.entries(counts).map(([state, value]) => ({ labels: { state }, value }));
