/**
 * `npm run words -- FILE`: installs a list of German and English words, by which searches find passages in the other language. Uses
 * DATABASE_URL, or the installation in DATA_DIR, whether it is running or not.
 */
import { loadConfig } from '@chat/kit/config';
import { Database } from '@chat/kit/database/database';
import { installationVariables, openInstallation } from '@chat/kit/embedded/installed-postgres';
import { createLogger } from '@chat/kit/logging';
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { replaceWordList } from './word-list';

const { positionals } = commandLine({
  command: 'npm run words --',
  summary: `Replaces the word list by the pairs in FILE, one a line: German, a tab, English. Searches find passages in the other
language by it, beside the translations of the dictionary. An empty file removes the list.`,
  arguments: [{ name: 'FILE', description: 'the list; - reads standard input' }],
  details: 'Notes in brackets and further columns are ignored. Entries of more than three words are skipped.',
});

const print = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const [path] = positionals as [string];
  await using postgres = await openInstallation(loadConfig(z.object(installationVariables)));
  const log = createLogger('words', 'warn');
  await using database = await Database.open({
    url: postgres.url,
    schema: 'knowledge',
    entities: [],
    migrations: [],
    poolSize: 1,
    log,
  });
  await database.ready();
  const input = path === '-' ? process.stdin : createReadStream(path);
  const lines = createInterface({ input, crlfDelay: Infinity });
  const { pairs, skipped } = await database.fork().transactional((tx) => replaceWordList(tx, lines));
  print(`${pairs} pairs installed, ${skipped} lines skipped`);
  return 0;
}

runCommand(main);
