/** The settings of point-in-time restores: the installation of `npm start`, and its archive. */
import { installationVariables } from '@chat/kit/embedded/installed-postgres';
import { archiveVariables } from '@chat/kit/embedded/wal-archive';
import { StartupError } from '@chat/kit/process/startup-error';
import { resolve } from 'node:path';
import { loadConfig } from '@chat/kit/config';
import { z } from 'zod';

export interface ArchiveConfig {
  dataDir: string;
  archiveDir: string;
}

/** @throws StartupError if there is no archive, or if the database is not ours */
export function archiveConfig(): ArchiveConfig {
  const config = loadConfig(z.object({ ...installationVariables, ...archiveVariables }));
  if (config.DATABASE_URL)
    throw new StartupError(
      'DATABASE_URL is set. Archive the log of your own PostgreSQL as docs/operations/backup.md says.',
    );
  if (!config.WAL_ARCHIVE_DIR) throw new StartupError('WAL_ARCHIVE_DIR is not set, so that there is no archive.');
  return { dataDir: resolve(config.DATA_DIR), archiveDir: resolve(config.WAL_ARCHIVE_DIR) };
}
