// cspell:words basebackup dynshmem labelfile pgsql replslot subtrans
/**
 * A base backup of a running PostgreSQL whose data folder this machine has: what pg_basebackup does, which the embedded binaries lack.
 * The copy is consistent only once PostgreSQL has replayed the write-ahead log up to its end, so it starts as a replica or from an archive.
 */
import { chown, copyFile, lstat, mkdir, readdir, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';

/** Belong to the running server alone: its process, its locks, and temporary files. The log's segments come by replication or archive. */
const LEFT_OUT = /^(postmaster\.(pid|opts)|postgresql\.auto\.conf\.tmp|pgsql_tmp.*|pg_internal\.init)$/;
/** Folders that a server expects, and whose contents are worthless to another. */
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

export interface BaseBackup {
  /** The first segment of the log that the copy needs, such as `000000010000000000000004`. */
  firstSegment: string;
  bytes: number;
}

/**
 * Copies the data folder `from` of the server at `url` to `to`, which must not exist.
 * @param url as superuser
 * @param progress hears the number of bytes that have been copied
 */
export async function copyBase(
  url: string,
  from: string,
  to: string,
  progress: (bytes: number) => void = () => undefined,
): Promise<BaseBackup> {
  // The backup lasts as long as its connection.
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ segment: string }>(
      "select pg_walfile_name(pg_backup_start('chat', fast => true)) as segment",
    );
    const copied = { bytes: 0 };
    await copyFolder(from, to, true);
    const stopped = await client.query<{ labelfile: string }>(
      'select labelfile from pg_backup_stop(wait_for_archive => false)',
    );
    await writeFile(join(to, 'backup_label'), stopped.rows[0]!.labelfile, { mode: 0o600 });
    const { uid, gid } = await lstat(to);
    await chown(join(to, 'backup_label'), uid, gid);
    return { firstSegment: rows[0]!.segment, bytes: copied.bytes };

    async function copyFolder(source: string, target: string, isRoot = false): Promise<void> {
      const { mode, uid: owner, gid: group } = await lstat(source);
      await mkdir(target, { mode: mode & 0o777 });
      await chown(target, owner, group);
      for (const entry of await readdir(source, { withFileTypes: true })) {
        if (LEFT_OUT.test(entry.name)) continue;
        const [old, copy] = [join(source, entry.name), join(target, entry.name)];
        if (isRoot && EMPTIED.has(entry.name)) await emptyFolder(old, copy);
        else if (entry.isDirectory()) await copyFolder(old, copy);
        else if (entry.isSymbolicLink()) await symlink(await readlink(old), copy);
        else if (entry.isFile()) await copyOne(old, copy);
      }
    }

    async function emptyFolder(source: string, target: string): Promise<void> {
      const { mode, uid: owner, gid: group } = await lstat(source);
      await mkdir(target, { mode: mode & 0o777 });
      await chown(target, owner, group);
    }

    /** A file may go while it is copied: the log says so, too. */
    async function copyOne(source: string, target: string): Promise<void> {
      try {
        const { size, uid: owner, gid: group } = await lstat(source);
        await copyFile(source, target);
        await chown(target, owner, group);
        copied.bytes += size;
        progress(copied.bytes);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  } finally {
    await client.end();
  }
}
