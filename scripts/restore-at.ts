/** `npm run restore:at -- TIME`: the database of `npm start` as it was at a chosen time, from a base backup and the archived log. */
import { postgresFolder } from '@chat/kit/embedded/installed-postgres';
import { runningPostgres } from '@chat/kit/embedded/postgres';
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { StartupError } from '@chat/kit/process/startup-error';
import { basesIn } from './archive/base-folder';
import { recover } from './archive/recover';
import { archiveConfig } from './archive/settings';

const LATEST = 'latest';

const { positionals, refuse } = commandLine({
  command: 'npm run restore:at --',
  summary: `Restores the database of npm start to a chosen time: copies the newest base backup of npm run backup:base before that time, replays the
archived log up to it, and checks that the server accepts writes. The present data folder is kept beside the restored one.`,
  arguments: [
    {
      name: 'TIME',
      description: `the time with its zone, such as 2026-11-28T13:59:59Z, or ${LATEST} for everything that was written`,
    },
  ],
  details: `Stop npm start first. Reads DATA_DIR and WAL_ARCHIVE_DIR. What was written last and is not in the archive yet is taken from the
present data folder, if it is still there. If the restore fails, the present data stay in place.
Uploaded files and the secret are not touched; npm run files -- check lists files that are missing.`,
});

/** Node reads other forms as local time. */
const TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$/;

async function main(): Promise<number> {
  const [text = ''] = positionals;
  const time = text === LATEST ? undefined : text;
  if (time !== undefined && (!TIME.test(time) || Number.isNaN(Date.parse(time))))
    refuse(`TIME cannot be "${time}". It is a time with its zone, such as 2026-11-28T13:59:59Z, or ${LATEST}.`);
  const { dataDir, archiveDir } = archiveConfig();
  if (await runningPostgres(postgresFolder(dataDir)))
    throw new StartupError(`PostgreSQL runs in ${dataDir}. Stop npm start first.`);
  const bases = await basesIn(archiveDir);
  const base = time === undefined ? bases.at(-1) : bases.findLast(({ completedAt }) => completedAt <= new Date(time));
  if (!base) {
    const earliest = bases[0] ? `The earliest time is ${bases[0].completedAt.toISOString()}.` : 'There is none.';
    throw new StartupError(`${archiveDir} has no base backup from before ${text}. ${earliest}`);
  }
  console.log(`copying ${base.path}`);
  const { former, lastChange } = await recover({ dataDir, archiveDir, base, time, progress: console.log });
  console.log(
    `\nRestored. The last change is of ${lastChange?.toISOString() ?? 'before the base backup'}. Start npm start.`,
  );
  if (former) console.log(`The former data are in ${former}. Remove them when all is well.`);
  console.log('Then make a new base backup: npm run backup:base');
  return 0;
}

runCommand(main);
