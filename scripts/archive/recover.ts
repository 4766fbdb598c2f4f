/** Replays the archived log onto a copy of a base backup, in the place of an installation's data folder. On a failure, the place is as before. */
import { openClient } from '@chat/kit/database/open-client';
import { copyFolder } from '@chat/kit/embedded/copy-folder';
import { postgresFolder } from '@chat/kit/embedded/installed-postgres';
import { clusterIn, startPostgres } from '@chat/kit/embedded/postgres';
import { restoreCommand } from '@chat/kit/embedded/wal-archive';
import { prepareDataDir } from '@chat/kit/process/data-dir';
import { takeFolder } from '@chat/kit/process/owner-file';
import { seldom } from '@chat/kit/process/progress';
import { StartupError } from '@chat/kit/process/startup-error';
import { constants } from 'node:fs';
import { chown, copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** What PostgreSQL says if nothing was written after the time of a restore. */
const ENDED_EARLY = 'recovery ended before configured recovery target was reached';

/** Pause between two looks at the recovery, in milliseconds. */
const LOOK_MS = 100;

export interface Recovery {
  dataDir: string;
  archiveDir: string;
  /** The folder of the base backup. */
  base: { cluster: string; password: string };
  /** Everything that was committed up to this time, with its zone, is restored; undefined for all that was written. */
  time: string | undefined;
  progress: (line: string) => void;
}

export interface Recovered {
  /** Where the data folder that was there is now. */
  former: string | undefined;
  /** The time of the last change that was replayed; undefined if there was none. */
  lastChange: Date | undefined;
}

/** @throws if another process uses the folder, or if PostgreSQL cannot replay the log */
export async function recover(recovery: Recovery): Promise<Recovered> {
  const { dataDir, base, progress } = recovery;
  await prepareDataDir(dataDir);
  const giveBack = await takeFolder(dataDir);
  const dir = postgresFolder(dataDir);
  const cluster = clusterIn(dir);
  const former = `${cluster}.before-${new Date().toISOString().replaceAll(':', '-')}`;
  try {
    await mkdir(dir, { recursive: true });
    const isReplacing = await rename(cluster, former).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
        return false;
      },
    );
    try {
      const tell = seldom(progress);
      await copyFolder(base.cluster, cluster, { progress: (bytes) => tell(`${bytes} bytes copied`) });
      await copyFile(base.password, join(dir, 'password'), constants.COPYFILE_EXCL).catch(ifItExists);
      await writeSignal(cluster);
      const lastChange = await replay(recovery, dir, isReplacing ? join(former, 'pg_wal') : undefined);
      return { former: isReplacing ? former : undefined, lastChange };
    } catch (error) {
      await rm(cluster, { recursive: true, force: true });
      if (isReplacing) await rename(former, cluster);
      throw error;
    }
  } finally {
    giveBack();
  }
}

/** Tells PostgreSQL to recover from an archive. */
async function writeSignal(cluster: string): Promise<void> {
  const file = join(cluster, 'recovery.signal');
  await writeFile(file, '');
  const { uid, gid } = await stat(cluster);
  await chown(file, uid, gid);
}

/** Runs the server until it accepts writes. @param unarchived a folder with the segments that had not reached the archive */
async function replay(recovery: Recovery, dir: string, unarchived: string | undefined): Promise<Date | undefined> {
  const { archiveDir, time, progress } = recovery;
  // PostgreSQL reads this setting before it knows abbreviations such as Z.
  const settings = {
    restore_command: restoreCommand(archiveDir, ...(unarchived ? [unarchived] : [])),
    ...(time !== undefined && {
      recovery_target_time: time.replace('T', ' ').replace(/Z$/, '+00'),
      recovery_target_action: 'promote',
    }),
  };
  const log = join(dir, 'postgres.log');
  const before = await sizeOf(log);
  const output = async () => (await readFile(log)).subarray(before).toString();
  try {
    await using server = await startPostgres({ dir, archiveDir, settings });
    const { pid } = server;
    const tell = seldom(progress);
    for (;;) {
      const state = await stateOf(server.url).catch(() => undefined);
      if (state && !state.isRecovering) return state.lastChange ?? undefined;
      if (state?.lastChange) tell(`replayed up to ${state.lastChange.toISOString()}`);
      if (server.pid !== pid) throw new StartupError(`PostgreSQL could not replay the log. ${log} has the reason.`);
      await pause(LOOK_MS);
    }
  } catch (error) {
    if (time === undefined || !(await output()).includes(ENDED_EARLY)) throw error;
    progress(`Nothing was written after ${time}: all that was written is restored.`);
    return replay({ ...recovery, time: undefined }, dir, unarchived);
  }
}

async function stateOf(url: string): Promise<{ isRecovering: boolean; lastChange: Date | null }> {
  await using client = await openClient(url);
  const { rows } = await client.query<{ isRecovering: boolean; lastChange: Date | null }>(
    'select pg_is_in_recovery() as "isRecovering", pg_last_xact_replay_timestamp() as "lastChange"',
  );
  return rows[0]!;
}

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    ({ size }) => size,
    () => 0,
  );

function ifItExists(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}
