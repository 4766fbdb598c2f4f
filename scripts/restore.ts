/** `npm run restore -- BACKUP`: loads a backup of `npm run backup` into an installation, or builds one from it. */
import { loadConfig } from '@chat/kit/config';
import { openInstallation } from '@chat/kit/embedded/installed-postgres';
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { StartupError } from '@chat/kit/process/startup-error';
import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { openStore } from '../subgraphs/files/src/storage/open-store';
import { BackupFolder } from './backup/backup-folder';
import { backupStore, copyFiles, withCatalogue } from './backup/file-copies';
import { backupVariables, installedSecret, secretFile } from './backup/settings';
import { fingerprint } from './database-dump/export';
import { importDatabase } from './database-dump/import';
import { migrateAll } from './database-dump/migrate-all';

const { positionals, values } = commandLine({
  command: 'npm run restore --',
  summary: `Loads a backup of npm run backup: checks its hashes, migrates the database, loads all tables in one transaction, compares the
contents of every table with the backup, and copies the uploaded files. If a table differs, nothing has changed.`,
  arguments: [{ name: 'BACKUP', description: 'the folder of one backup, such as /srv/backups/2026-11-28T02-00-00Z' }],
  options: {
    check: { type: 'boolean', description: 'only checks the hashes of the backup, and prints its contents' },
    replace: { type: 'boolean', description: 'replaces the data of a database that has accounts' },
  },
  details: `Stop all processes first. Loads into the database that DATABASE_URL names and into the store of STORAGE_TYPE. Without DATABASE_URL, it is
the installation in DATA_DIR (./data), which is created if there is none.
The backup must be of the same version. Redis needs no restore; Chroma and Qdrant are filled again from the database.`,
});

async function main(): Promise<number> {
  const folder = new BackupFolder(positionals[0] ?? '');
  console.log(`checking ${folder.path}`);
  const list = await folder.verify();
  const objects = list.objects ? `${list.objects.count} files with ${list.objects.bytes} bytes` : 'no files';
  console.log(`The backup of ${list.createdAt} has ${list.rows} rows, contents ${list.contents}, and ${objects}.`);
  if (values.check) return 0;

  const config = loadConfig(z.object(backupVariables));
  await using postgres = await openInstallation(config, { isCreating: true });
  await migrateAll(postgres.url, (name) => console.log(`migrated ${name}`));
  const options = { isReplacing: values.replace, progress: console.log };
  const footer = await importDatabase(postgres.url, folder.dump, options);
  if (fingerprint(footer) !== list.contents)
    throw new StartupError(`The dump has other contents than its backup says: ${fingerprint(footer)}.`);
  const broken = list.objects ? await restoreFiles() : [];
  for (const key of broken) console.log(`not restored, as its bytes are missing or wrong: ${key}`);
  await restoreSecret();
  console.log(`\nRestored ${list.rows} rows, contents ${list.contents}, and ${objects}. Start the processes.`);
  return broken.length > 0 ? 1 : 0;

  async function restoreFiles(): Promise<string[]> {
    await using source = await backupStore(folder.files);
    await using target = await openStore(config);
    return await withCatalogue(postgres.url, (fork) => copyFiles(fork, source, target, console.log));
  }

  async function restoreSecret(): Promise<void> {
    const secret = await folder.readSecret();
    if (secret === undefined) return;
    const present = await installedSecret(config);
    if (present === secret) return;
    if (present === undefined && !config.DATABASE_URL) {
      await writeFile(secretFile(config), `${secret}\n`, { mode: 0o600, flag: 'wx' });
      return;
    }
    console.log(`Set SECRET_KEY to the content of ${folder.secret}, or everybody is logged out.`);
  }
}

runCommand(main);
