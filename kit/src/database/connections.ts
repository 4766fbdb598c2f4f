/** How connections to PostgreSQL are opened, kept and replaced, in pools and by themselves. */
import type { Pool, PoolClient } from 'pg';
import { guardedClient, type Guarded, type GuardOptions } from './guarded-client';

/** How long connecting may take, and waiting for a free connection of a pool, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 5000;

/** For connections outside of a pool, too. */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 };

/**
 * Options of a MikroORM driver. A pool that finds a link dead closes its idle ones as well, instead of finding out about each in turn.
 */
export function connectionOptions(
  applicationName: string,
  {
    onPool,
    ...guard
  }: Pick<GuardOptions, 'deadlineMs' | 'silenceMs' | 'isPooled'> & { onPool?: (pool: Pool) => void } = {},
) {
  const pools = new Set<Set<PoolClient>>();
  const closeIdle = () => {
    for (const idle of pools) for (const client of idle) (client as PoolClient & Guarded).abandon();
  };
  return {
    application_name: applicationName,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    ...KEEP_ALIVE,
    Client: guardedClient({ applicationName, ...guard, onDead: closeIdle }),
    onPoolCreated: (pool: Pool) => {
      pools.add(watchIdle(pool));
      onPool?.(pool);
    },
  };
}

function watchIdle(pool: Pool): Set<PoolClient> {
  const idle = new Set<PoolClient>();
  pool.on('acquire', (client) => idle.delete(client));
  pool.on('release', (_error, client) => idle.add(client));
  pool.on('remove', (client) => idle.delete(client));
  return idle;
}
