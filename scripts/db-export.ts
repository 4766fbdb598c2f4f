/** `npm run db:export -- FILE`: writes the whole database to a file, from which `npm run db:import` loads it elsewhere. */
import { loadConfig } from '@chat/kit/config';
import { installationVariables, openInstallation } from '@chat/kit/embedded/installed-postgres';
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { StartupError } from '@chat/kit/process/startup-error';
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { exportDatabase, fingerprint } from './database-dump/export';

const { positionals } = commandLine({
  command: 'npm run db:export --',
  summary: `Writes all tables to a file, in one snapshot, and prints each table with its number of rows. npm run db:import loads the file into
another PostgreSQL. The file has password hashes and messages; only its owner can read it.`,
  arguments: [{ name: 'FILE', description: 'the new file, such as chat.dump; must not exist' }],
  details: `Exports the database that DATABASE_URL names. Without it, the command exports the installation in DATA_DIR (./data), running or not.
Stop the chat before you export for a move, or changes after the export are lost.`,
});

runCommand(async () => {
  const [file = ''] = positionals;
  if (existsSync(file)) throw new StartupError(`${file} exists already. Choose another name.`);
  const config = loadConfig(z.object(installationVariables));
  await using postgres = await openInstallation(config);
  const footer = await exportDatabase(postgres.url, file, console.log);
  const rows = Object.values(footer.tables).reduce((sum, table) => sum + table.rows, 0);
  console.log(
    `\n${file} has ${rows} rows of ${Object.keys(footer.tables).length} tables, contents ${fingerprint(footer)}.`,
  );
  if (!config.DATABASE_URL)
    console.log(`Not in it: the secret in ${config.DATA_DIR}/secret-key, and the files in ${config.DATA_DIR}/files.`);
  return 0;
});
