// cspell:words basebackup dynshmem labelfile pgsql replslot subtrans
/**
 * A base backup of a running PostgreSQL whose data folder this machine has: what pg_basebackup does, which the embedded binaries lack.
 * The copy is consistent only once PostgreSQL has replayed the write-ahead log up to its end, so it starts as a replica or from an archive.
 */
import { chown, lstat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import { openClient } from '../database/open-client';
import { StartupError } from '../process/startup-error';
import { copyFolder } from './copy-folder';

/** Belong to the running server alone: its process, its locks, and temporary files. */
const LEFT_OUT = /^(postmaster\.(pid|opts)|postgresql\.auto\.conf\.tmp|pgsql_tmp.*|pg_internal\.init)$/;
/** Folders at the top that a server expects, and whose contents another has no use for. The log comes by replication or archive. */
const EMPTIED = new Set([
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_wal',
]);

/** How long the end of the log may take to reach the archive, in milliseconds. */
const ARCHIVE_MS = 120_000;

export interface BaseBackupOptions {
  /** Whether the log that the copy needs must be in an archive before this resolves. Default false. */
  isArchived?: boolean;
  /** Hears the number of bytes that have been copied. */
  progress?: (bytes: number) => void;
}

export interface BaseBackup {
  /** The first segment of the log that the copy needs, such as `000000010000000000000004`. */
  firstSegment: string;
  /** By the server's clock. */
  completedAt: Date;
  bytes: number;
}

/**
 * Copies the data folder `from` of the server at `url` to `to`, which must not exist.
 * @param url as superuser
 * @throws StartupError if the log is to be archived, and is not
 */
export async function copyBase(
  url: string,
  from: string,
  to: string,
  { isArchived = false, progress }: BaseBackupOptions = {},
): Promise<BaseBackup> {
  // The backup lasts as long as its connection.
  await using client = await openClient(url);
  try {
    if (isArchived) await demandArchive(client);
    const [start] = (
      await client.query<{ segment: string }>(
        "select pg_walfile_name(pg_backup_start('chat', fast => true)) as segment",
      )
    ).rows;
    const bytes = await copyFolder(from, to, { isNeeded, progress });
    await client.query(`set statement_timeout = ${ARCHIVE_MS}`);
    const [end] = (
      await client.query<{ labelfile: string; at: Date }>(
        'select labelfile, clock_timestamp() as at from pg_backup_stop(wait_for_archive => $1)',
        [isArchived],
      )
    ).rows;
    const label = join(to, 'backup_label');
    await writeFile(label, end!.labelfile, { mode: 0o600 });
    const { uid, gid } = await lstat(to);
    await chown(label, uid, gid);
    return { firstSegment: start!.segment, completedAt: end!.at, bytes };
  } catch (error) {
    if ((error as { code?: string }).code !== '57014') throw error;
    throw new StartupError('The log does not reach the archive. The log file of PostgreSQL has the reason.');
  }
}

async function demandArchive(client: Client): Promise<void> {
  const { rows } = await client.query<{ archive_mode: string }>('show archive_mode');
  if (rows[0]!.archive_mode === 'off')
    throw new StartupError('PostgreSQL runs without an archive. Start it with WAL_ARCHIVE_DIR.');
}

/** @param path below the data folder */
function isNeeded(path: readonly string[]): boolean {
  if (path.length === 2 && EMPTIED.has(path[0]!)) return false;
  return !LEFT_OUT.test(path.at(-1)!);
}
