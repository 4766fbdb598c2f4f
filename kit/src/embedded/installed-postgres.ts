/** The PostgreSQL of an installation, for commands that work on its data: a server by its URL, or the one that `npm start` keeps in DATA_DIR. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { prepareDataDir } from '../process/data-dir';
import { takeFolder } from '../process/owner-file';
import { StartupError } from '../process/startup-error';
import { z } from 'zod';
import { directDatabaseVariable } from '../database/direct-url';
import { runningPostgres, startPostgres } from './postgres';

/** The settings that say which installation a command works on. */
export const installationVariables = {
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('PostgreSQL, postgresql://user:password@host:port/name; without it, the installation in DATA_DIR'),
  DATABASE_DIRECT_URL: directDatabaseVariable(),
  DATA_DIR: z.string().default('./data').describe('folder of the installation'),
};

/** The embedded server's folder in DATA_DIR. */
export const postgresFolder = (dataDir: string): string => join(resolve(dataDir), 'postgres');

export interface InstalledPostgres extends AsyncDisposable {
  url: string;
}

export interface InstallationOptions {
  /** Creates the installation if DATA_DIR has none. */
  isCreating?: boolean;
  /** Where a server that is started archives its write-ahead log. */
  archiveDir?: string;
}

/** The server at DATABASE_URL, not the pooler in front of it; without it, {@link openInstalledPostgres}. */
export function openInstallation(
  config: { DATABASE_URL?: string; DATABASE_DIRECT_URL?: string; DATA_DIR: string },
  options?: InstallationOptions,
): Promise<InstalledPostgres> {
  const { DATABASE_URL, DATABASE_DIRECT_URL, DATA_DIR } = config;
  const url = DATABASE_URL && (DATABASE_DIRECT_URL ?? DATABASE_URL);
  return url
    ? Promise.resolve({ url, [Symbol.asyncDispose]: () => Promise.resolve() })
    : openInstalledPostgres(DATA_DIR, options);
}

/**
 * Finds the server that runs below `dataDir`, or starts it. Disposing it ends a server that was started here.
 * @throws StartupError if there is no installation in `dataDir`, unless one is to be created.
 */
export async function openInstalledPostgres(
  dataDir: string,
  { isCreating = false, archiveDir }: InstallationOptions = {},
): Promise<InstalledPostgres> {
  const dir = postgresFolder(dataDir);
  const running = await runningPostgres(dir);
  if (running) return { url: running, [Symbol.asyncDispose]: () => Promise.resolve() };
  const isThere = await stat(join(dir, 'cluster')).then(
    () => true,
    () => false,
  );
  if (!isThere && isCreating) await prepareDataDir(resolve(dataDir));
  else if (!isThere) {
    const place = resolve(dataDir);
    throw new StartupError(`There is no installation in ${place}. Set DATA_DIR to its folder, or DATABASE_URL.`);
  }
  await using parts = new AsyncDisposableStack();
  parts.defer(await takeFolder(resolve(dataDir)));
  const { url } = parts.use(await startPostgres({ dir, archiveDir }));
  const started = parts.move();
  return { url, [Symbol.asyncDispose]: () => started.disposeAsync() };
}
