/** `npm run backup -- FOLDER`: writes a whole installation to a new folder, from which `npm run restore` builds it again. */
import { loadConfig } from '@chat/kit/config';
import { openInstallation } from '@chat/kit/embedded/installed-postgres';
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { z } from 'zod';
import { openStore } from '../subgraphs/files/src/storage/open-store';
import { BackupFolder, backupsIn } from './backup/backup-folder';
import { backupStore, copyFiles, sizeOf, withCatalogue } from './backup/file-copies';
import { backupVariables, installedSecret } from './backup/settings';
import { exportDatabase, fingerprint } from './database-dump/export';

const { positionals, values, refuse } = commandLine({
  command: 'npm run backup --',
  summary: `Writes the database, the uploaded files and the secret to a new folder below FOLDER, named by the time in UTC. The installation may
run meanwhile: the database is read in one snapshot. npm run restore loads the backup.`,
  arguments: [{ name: 'FOLDER', description: 'the folder of all backups, such as /srv/backups' }],
  options: {
    keep: { type: 'string', value: 'N', description: 'removes older backups afterwards, so that N remain' },
    'without-files': {
      type: 'boolean',
      description: 'leaves out the uploaded files, for a bucket with its own backup',
    },
  },
  details: `Backs up the database that DATABASE_URL names and the files of STORAGE_TYPE. Without DATABASE_URL, it is the installation in DATA_DIR
(./data), running or not. Files that the previous backup has are linked to it, not copied.
A backup has password hashes, messages and the secret. Only its owner can read it. Copy it to another machine.
Exits with 1 if bytes of a file are missing or wrong. The backup has everything else then.`,
});

async function main(): Promise<number> {
  const [parent = ''] = positionals;
  const keep = values.keep === undefined ? Infinity : Number(values.keep);
  if (!(keep >= 1) || (Number.isFinite(keep) && !Number.isInteger(keep))) refuse('--keep needs a number from 1.');
  const config = loadConfig(z.object(backupVariables));
  await using postgres = await openInstallation(config);
  const previous = (await backupsIn(parent)).at(-1);
  const folder = await BackupFolder.create(parent);
  try {
    await using source = await openStore(config);
    await using target = await backupStore(folder.files, source, previous?.files);
    const backUpFiles = () => withCatalogue(postgres.url, (fork) => copyFiles(fork, source, target, console.log));
    const hasFiles = !values['without-files'];
    if (hasFiles) await backUpFiles();
    const footer = await exportDatabase(postgres.url, folder.dump, console.log);
    // The files that arrived meanwhile are in the dump, too.
    const broken = hasFiles ? await backUpFiles() : [];
    const size = hasFiles ? await sizeOf(target) : null;
    const secret = await installedSecret(config);
    if (secret) await folder.writeSecret(secret);
    const rows = Object.values(footer.tables).reduce((sum, table) => sum + table.rows, 0);
    await folder.complete({ rows, contents: fingerprint(footer), objects: size });

    for (const key of broken) console.log(`not copied, as its bytes are missing or wrong: ${key}`);
    const objects = size ? `${size.count} files with ${size.bytes} bytes` : 'no files';
    console.log(`\n${folder.path} has ${rows} rows, contents ${fingerprint(footer)}, and ${objects}.`);
    if (!secret) console.log('Not in it: SECRET_KEY, which is not set here. Keep it elsewhere.');
    for (const old of (await backupsIn(parent)).slice(0, Number.isFinite(keep) ? -keep : 0)) {
      await old.remove();
      console.log(`removed ${old.path}`);
    }
    return broken.length > 0 ? 1 : 0;
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

runCommand(main);
