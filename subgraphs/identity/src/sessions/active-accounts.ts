/** The metric of active accounts. An account is active when its session begins and with each refresh of its token. */
import type { EntityManager } from '@chat/kit/database/database';
import type { GaugeDefinition, Reading } from '@chat/kit/telemetry/registries';

/** How long one reading serves, in milliseconds: it reads the sessions of a month. */
const FRESH_MS = 60_000;

export function activeAccounts(fork: () => EntityManager): GaugeDefinition {
  let readings: Promise<Reading[]> | undefined;
  let readAt = -Infinity;
  return {
    name: 'active_accounts',
    help: 'Accounts with a session that was used within the last hour, day or month. All processes report the same number.',
    labels: ['within'],
    read() {
      if (!readings || performance.now() - readAt > FRESH_MS) {
        readAt = performance.now();
        readings = count(fork());
        readings.catch(() => (readings = undefined));
      }
      return readings;
    },
  };
}

async function count(em: EntityManager): Promise<Reading[]> {
  const [row] = await em.execute<Record<string, number>[]>(
    `select count(distinct user_id) filter (where last_seen_at > now() - interval '1 hour')::int as hour,
       count(distinct user_id) filter (where last_seen_at > now() - interval '1 day')::int as day,
       count(distinct user_id)::int as month
     from identity.sessions where last_seen_at > now() - interval '30 days'`,
  );
  return Object.entries(row!).map(([within, value]) => ({ labels: { within }, value }));
}
