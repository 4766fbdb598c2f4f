/** `npm run db:import -- FILE`: migrates a database and loads a file of `npm run db:export` into it. */
import { loadConfig } from '@chat/kit/config';
import { installationVariables, openInstallation } from '@chat/kit/embedded/installed-postgres';
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { z } from 'zod';
import { fingerprint } from './database-dump/export';
import { importDatabase } from './database-dump/import';
import { migrateAll } from './database-dump/migrate-all';

const { positionals, values } = commandLine({
  command: 'npm run db:import --',
  summary: `Migrates a database, loads a file of npm run db:export into it, and compares the contents of every table with the file. Changes
nothing if one differs. Refuses a database that processes are connected to, or that has accounts.`,
  arguments: [{ name: 'FILE', description: 'the file, such as chat.dump' }],
  options: { replace: { type: 'boolean', description: 'replaces the data of a database that has accounts' } },
  details: `Loads into the database that DATABASE_URL names. Without it, the command loads into the installation in DATA_DIR (./data).
Set SECRET_KEY to the old installation's secret (DATA_DIR/secret-key), or everybody is logged out.`,
});

runCommand(async () => {
  const [file = ''] = positionals;
  await using postgres = await openInstallation(loadConfig(z.object(installationVariables)));
  await migrateAll(postgres.url);
  const options = { isReplacing: values.replace, progress: console.log };
  const footer = await importDatabase(postgres.url, file, options);
  const rows = Object.values(footer.tables).reduce((sum, table) => sum + table.rows, 0);
  console.log(
    `\nLoaded ${rows} rows of ${Object.keys(footer.tables).length} tables, contents ${fingerprint(footer)}, from ${file}.`,
  );
  return 0;
});
