/** `npm run db:migrate`: migrates the schemas of all subgraphs and ends. Processes do the same when they start. */
import { loadConfig } from '@chat/kit/config';
import { installationVariables, openInstallation } from '@chat/kit/embedded/installed-postgres';
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { z } from 'zod';
import { migrateAll } from './database-dump/migrate-all';
import { SUBGRAPH_NAMES } from './subgraphs';

commandLine({
  command: 'npm run db:migrate --',
  summary: `Migrates the PostgreSQL schemas of all subgraphs (${SUBGRAPH_NAMES.join(', ')}) and ends. Processes do the same when they start.
Waits while PostgreSQL is unavailable.`,
  details: `Needs only DATABASE_URL. Without it, the command migrates the installation in DATA_DIR (./data), running or not.`,
});

runCommand(async () => {
  await using postgres = await openInstallation(loadConfig(z.object(installationVariables)));
  await migrateAll(postgres.url, (name) => console.log(`${name} is up to date`));
  return 0;
});
