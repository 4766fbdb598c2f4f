/** `npm run backup:base`: copies the data folder of the embedded PostgreSQL into its archive, as a beginning for `npm run restore:at`. */
import { copyBase } from '@chat/kit/embedded/base-backup';
import { openInstalledPostgres, postgresFolder } from '@chat/kit/embedded/installed-postgres';
import { clusterIn } from '@chat/kit/embedded/postgres';
import { commandLine } from '@chat/kit/process/command-line';
import { seldom } from '@chat/kit/process/progress';
import { runCommand } from '@chat/kit/process/run-command';
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { basesIn, completeBase, draftOf, keepNewest } from './archive/base-folder';
import { archiveConfig } from './archive/settings';

const { values, refuse } = commandLine({
  command: 'npm run backup:base --',
  summary: `Copies the data folder of the PostgreSQL that npm start runs to WAL_ARCHIVE_DIR/base. From there on, npm run restore:at can bring back
any second, since the server archives its log to WAL_ARCHIVE_DIR. The installation may run meanwhile.`,
  options: {
    keep: {
      type: 'string',
      value: 'N',
      description: 'removes older copies, and the log that only they need, so that N remain',
    },
  },
  details: `Reads DATA_DIR and WAL_ARCHIVE_DIR, which npm start must have as well. Put WAL_ARCHIVE_DIR on another disk. Uploaded files are not in the
copy: npm run backup has them.`,
});

async function main(): Promise<number> {
  const keep = values.keep === undefined ? Infinity : Number(values.keep);
  if (!(keep >= 1) || (Number.isFinite(keep) && !Number.isInteger(keep))) refuse('--keep needs a number from 1.');
  const { dataDir, archiveDir } = archiveConfig();
  await using postgres = await openInstalledPostgres(dataDir, { archiveDir });
  const draft = draftOf(archiveDir);
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true, mode: 0o755 });
  const tell = seldom(console.log);
  const { firstSegment, completedAt, bytes } = await copyBase(
    postgres.url,
    clusterIn(postgresFolder(dataDir)),
    join(draft, 'cluster'),
    { isArchived: true, progress: (copied) => tell(`${copied} bytes copied`) },
  );
  await copyFile(join(postgresFolder(dataDir), 'password'), join(draft, 'password'));
  const path = await completeBase(archiveDir, { completedAt, firstSegment });
  console.log(`${path} has ${bytes} bytes. Any time from ${completedAt.toISOString()} can be restored.`);
  if (!Number.isFinite(keep)) return 0;
  const removed = await keepNewest(archiveDir, keep);
  const [oldest] = await basesIn(archiveDir);
  console.log(
    `Removed ${removed.bases} copies and ${removed.segments} segments of the log. The earliest time is ${oldest!.completedAt.toISOString()} now.`,
  );
  return 0;
}

runCommand(main);
