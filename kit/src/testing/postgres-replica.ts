// cspell:words conninfo
/** A streaming replica of an embedded PostgreSQL, as a real process: follows, is paused, and is promoted. */
import { chown, copyFile, lstat, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { copyBase } from '../embedded/base-backup';
import { clusterIn, startPostgres } from '../embedded/postgres';
import type { EmbeddedService } from '../embedded/service';

/** For `synchronous_standby_names` of the primary. */
export const REPLICA = 'replica';

/** Copies the running `primary`, whose folder is `from`, to `to`, and starts a server there that follows it. */
export async function startReplica(primary: EmbeddedService, from: string, to: string): Promise<EmbeddedService> {
  const cluster = clusterIn(to);
  const { uid, gid } = await lstat(clusterIn(from));
  await mkdir(to, { recursive: true });
  await chown(to, uid, gid);
  await copyBase(primary.url, clusterIn(from), cluster);
  await copyFile(join(from, 'password'), join(to, 'password'));
  await writeFile(join(cluster, 'standby.signal'), '');
  await chown(join(cluster, 'standby.signal'), uid, gid);
  const { hostname: host, port, username: user, password } = new URL(primary.url);
  const conninfo = `host=${host} port=${port} user=${user} password=${password} application_name=${REPLICA}`;
  return startPostgres({ dir: to, isThrowaway: true, settings: { primary_conninfo: conninfo } });
}
