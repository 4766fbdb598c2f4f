/** The PostgreSQL that `npm start` keeps in an installation's data folder, for commands that look at its data from outside. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { takeFolder } from '../process/owner-file';
import { StartupError } from '../process/startup-error';
import { runningPostgres, startPostgres } from './postgres';

/** Where an installation keeps it. */
export const postgresFolder = (dataDir: string): string => join(resolve(dataDir), 'postgres');

export interface InstalledPostgres extends AsyncDisposable {
  url: string;
}

/**
 * Finds the server that runs there, or starts it; disposing it ends a server that was started for this.
 * @throws StartupError where there is no installation in `dataDir`.
 */
export async function openInstalledPostgres(dataDir: string): Promise<InstalledPostgres> {
  const dir = postgresFolder(dataDir);
  const running = await runningPostgres(dir);
  if (running) return { url: running, [Symbol.asyncDispose]: () => Promise.resolve() };
  const isThere = await stat(join(dir, 'cluster')).then(
    () => true,
    () => false,
  );
  if (!isThere) {
    const place = resolve(dataDir);
    throw new StartupError(`There is no installation in ${place}. Set DATA_DIR to its folder, or DATABASE_URL.`);
  }
  await using parts = new AsyncDisposableStack();
  parts.defer(await takeFolder(resolve(dataDir)));
  const { url } = parts.use(await startPostgres({ dir }));
  const started = parts.move();
  return { url, [Symbol.asyncDispose]: () => started.disposeAsync() };
}
