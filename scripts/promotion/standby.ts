/** A replica of PostgreSQL that may be promoted: how far it is, and its promotion. */
import { openClient } from '@chat/kit/database/open-client';
import { StartupError } from '@chat/kit/process/startup-error';
import type { Client } from 'pg';

export interface Standby {
  /** `host:port`, without a password. */
  name: string;
  url: string;
  /** Bytes of the write-ahead log that it has received; replicas of one primary compare by them. */
  received: bigint;
  /** Bytes that are received and not yet applied. */
  unapplied: number;
  /** When the last transaction that it has was committed; undefined if there has been none since its start. */
  lastCommit: Date | undefined;
}

interface Row {
  recovering: boolean;
  received: string;
  unapplied: string;
  at: Date | null;
}

const CONNECT_MS = 3_000;

const STATE = `
select pg_is_in_recovery() recovering,
  coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn(), '0/0') - '0/0'::pg_lsn received,
  greatest(pg_last_wal_receive_lsn() - pg_last_wal_replay_lsn(), 0) unapplied,
  pg_last_xact_replay_timestamp() at`;

export const nameOf = (url: string): string => {
  const { hostname, port } = new URL(url);
  return `${hostname}:${port || 5432}`;
};

/** Runs statements on one connection. @throws the driver's errors */
async function on<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  await using client = await openClient({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: 90_000,
  });
  return await work(client);
}

/** Whether the server at `url` accepts writes. False if it does not answer. */
export const isPrimary = (url: string): Promise<boolean> =>
  on(url, async (client) => !(await client.query<Row>(STATE)).rows[0]!.recovering).catch(() => false);

/** @returns undefined if it is no standby. @throws if it does not answer */
export function stateOf(url: string): Promise<Standby | undefined> {
  return on(url, async (client) => {
    const { recovering, received, unapplied, at } = (await client.query<Row>(STATE)).rows[0]!;
    if (!recovering) return undefined;
    return {
      name: nameOf(url),
      url,
      received: BigInt(received),
      unapplied: Number(unapplied ?? 0),
      lastCommit: at ?? undefined,
    };
  });
}

/**
 * Promotes the server and resolves when it accepts writes. It then waits for no synchronous replica, as it has none yet.
 * @returns the former value of `synchronous_standby_names`
 */
export function promote({ url, name }: Standby): Promise<string> {
  return on(url, async (client) => {
    const [{ names }] = (
      await client.query<{ names: string }>("select current_setting('synchronous_standby_names') names")
    ).rows as [{ names: string }];
    const [{ done }] = (await client.query<{ done: boolean }>('select pg_promote(true, 60) done').catch(demandRights))
      .rows as [{ done: boolean }];
    if (!done) throw new StartupError(`${name} was not promoted within 60 s. Read its log.`);
    if (names) {
      await client.query("alter system set synchronous_standby_names = ''");
      await client.query('select pg_reload_conf()');
    }
    return names;
  });
}

function demandRights(error: Error & { code?: string }): never {
  if (error.code !== '42501') throw error;
  throw new StartupError(
    'The role may not promote. Name a superuser in DATABASE_REPLICA_URLS for this command, such as postgresql://postgres:…@host/chat.',
  );
}
