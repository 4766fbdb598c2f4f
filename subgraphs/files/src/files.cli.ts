/**
 * `npm run files -- check` compares the catalogue with the bytes and exits with 1 if they disagree. `npm run files -- move s3` copies all
 * bytes to the other store. Both use DATABASE_URL, or the installation in DATA_DIR, whether it is running or not.
 */
import { loadConfig } from '@chat/kit/config';
import { Database } from '@chat/kit/database/database';
import { installationVariables, openInstallation } from '@chat/kit/embedded/installed-postgres';
import { createLogger } from '@chat/kit/logging';
import { commandLine } from '@chat/kit/process/command-line';
import { seldom } from '@chat/kit/process/progress';
import { runCommand } from '@chat/kit/process/run-command';
import { z } from 'zod';
import { storageVariables, type StorageConfig } from './config';
import { checkObjects } from './storage/check-objects';
import { moveObjects } from './storage/move-objects';
import { openStore } from './storage/open-store';

const { positionals, values, refuse } = commandLine({
  command: 'npm run files --',
  summary: `check       compares the catalogue with the stored bytes, and exits with 1 if they disagree
move local  copies all bytes from S3 to the local disk
move s3     copies all bytes from the local disk to S3`,
  arguments: [
    { name: 'COMMAND', description: 'the command', choices: ['check', 'move'] },
    { name: 'STORE', description: 'the target of move', choices: ['local', 's3'], isOptional: true },
  ],
  options: {
    fast: { type: 'boolean', description: 'check: compares sizes only, without reading the bytes' },
  },
  details: `Both can be interrupted and repeated, while the installation runs. To change the store: run move, set STORAGE_TYPE, restart, and run
move again for the files that came in meanwhile. The bytes in the old store stay; remove them once check finds no problem.
The settings of the stores (STORAGE_…, DATA_DIR) are those of the installation. Without DATABASE_URL, the installation in DATA_DIR is used.`,
});

async function main(): Promise<number> {
  const [command, target] = positionals;
  if (command === 'move' && target === undefined) refuse('move needs its target: local or s3');
  const config = loadConfig(z.object({ ...installationVariables, ...storageVariables }));
  await using postgres = await openInstallation(config);
  const log = createLogger('files', 'warn');
  await using database = await Database.open({
    url: postgres.url,
    schema: 'files',
    entities: [],
    migrations: [],
    poolSize: 2,
    log,
  });
  await database.ready();
  return await (command === 'check' ? check(database, config) : move(database, config, target as 'local' | 's3'));
}

async function check(database: Database, config: StorageConfig): Promise<number> {
  await using store = await openStore(config);
  const tell = progress();
  const { files, bytes, problems } = await checkObjects(() => database.fork(), store, {
    isFast: values.fast === true,
    progress: ({ files, bytes }) => tell(`${files} files, ${bytes} bytes checked`),
  });
  for (const { key, problem } of problems) process.stdout.write(`${problem}: ${key}\n`);
  const serious = problems.filter(({ problem }) => problem !== 'stray').length;
  process.stdout.write(
    `${files} files with ${bytes} bytes, ${serious} problems, ${problems.length - serious} strays.\n`,
  );
  return serious > 0 ? 1 : 0;
}

async function move(database: Database, config: StorageConfig, target: 'local' | 's3'): Promise<number> {
  await using from = await openStore(config, target === 's3' ? 'local' : 's3');
  await using to = await openStore(config, target);
  const tell = progress();
  const { copied, skipped, bytes, broken } = await moveObjects(
    () => database.fork(),
    from,
    to,
    ({ copied, skipped }) => tell(`${copied} objects copied, ${skipped} were there`),
  );
  for (const key of broken) process.stdout.write(`not copied, as its bytes are missing or wrong: ${key}\n`);
  process.stdout.write(
    `${copied} objects with ${bytes} bytes copied, ${skipped} were there, ${broken.length} not copied.\n`,
  );
  return broken.length > 0 ? 1 : 0;
}

const progress = () => seldom((line) => process.stderr.write(`${line}\n`));

runCommand(main);
