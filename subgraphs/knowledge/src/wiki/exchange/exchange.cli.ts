/**
 * `npm run wiki -- export FOLDER | import FOLDER | import-mediawiki FILE`: moves pages between the wiki, folders of Markdown files and
 * MediaWiki dumps. Uses DATABASE_URL, or the installation in DATA_DIR, whether it is running or not.
 */
// cspell:words bzcat
import { nameKey, resolveNames } from '@chat/identity-client/directory/directory';
import { loadConfig } from '@chat/kit/config';
import { Database } from '@chat/kit/database/database';
import { installationVariables, openInstallation } from '@chat/kit/embedded/installed-postgres';
import { createLogger, type Logger } from '@chat/kit/logging';
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { localeOf } from '../../locale';
import { PageEntity } from '../pages/page.entity';
import { absoluteLinks, readPage, writePage } from './front-matter';
import { fileOf, markdownFiles, writeMarkdown } from './markdown-folder';
import { importMediaWiki } from './mediawiki.importer';
import { importerFor } from './offline-wiki';
import { exportedPages } from './page.exporter';
import type { ImportCounts, PageImporter } from './page.importer';

const { positionals, values, refuse } = commandLine({
  command: 'npm run wiki --',
  summary: `export FOLDER          writes each published page as a Markdown file with front matter
import FOLDER          creates and changes pages from Markdown files
import-mediawiki FILE  creates and changes pages from a MediaWiki XML dump; - reads standard input`,
  arguments: [
    { name: 'COMMAND', description: 'the command', choices: ['export', 'import', 'import-mediawiki'] },
    { name: 'PATH', description: 'the folder or the dump' },
  ],
  options: {
    as: { type: 'string', value: 'USERNAME', description: 'imports: the author of the pages; required' },
    locale: {
      type: 'string',
      value: 'TAG',
      description: 'import-mediawiki: the locale, if it is not that of the dump',
    },
    namespaces: { type: 'string', value: 'NUMBERS', description: 'import-mediawiki: namespaces; default 0,4,10,12' },
    revisions: {
      type: 'string',
      value: 'NUMBER',
      description: 'import-mediawiki: revisions of a new page, the latest ones; default 1000; 1 leaves the history out',
    },
  },
  details: `Imports can be interrupted and repeated. A page that exists at the path of another is changed in a new revision.
Compressed dumps: bzcat dump.xml.bz2 | npm run wiki -- import-mediawiki - --as USERNAME`,
});

/** Skipped pages that are named per reason. */
const NAMED = 5;

const print = (line: string) => process.stdout.write(`${line}\n`);
const tell = (line: string) => process.stderr.write(`${line}\n`);

async function main(): Promise<number> {
  const [command, path] = positionals as [string, string];
  const namespaces = values.namespaces?.split(',').map(Number);
  if (namespaces?.some((number) => !Number.isInteger(number))) refuse('--namespaces takes numbers, such as 0,4,12');
  const maxRevisions = values.revisions === undefined ? undefined : Number(values.revisions);
  if (maxRevisions !== undefined && !(Number.isInteger(maxRevisions) && maxRevisions > 0))
    refuse('--revisions takes a number from 1 on');
  const locale = localeOf(values.locale);
  await using postgres = await openInstallation(loadConfig(z.object(installationVariables)));
  const log = createLogger('wiki', 'warn');
  await using database = await Database.open({
    url: postgres.url,
    schema: 'knowledge',
    entities: [PageEntity],
    migrations: [],
    poolSize: 2,
    log,
  });
  await database.ready();
  if (command === 'export') return exportFolder(database, path);
  const importer = await openImporter(database, log);
  if (!importer) return 1;
  if (command === 'import') await importFolder(path, importer);
  else {
    const chunks = path === '-' ? process.stdin : createReadStream(path);
    const onProgress = (pages: number) => tell(`${pages} pages read`);
    const counts = await importMediaWiki(chunks, importer, { locale, namespaces, maxRevisions, onProgress });
    print(`${counts.pages} pages in the dump`);
    for (const [name, pages] of counts.namespaces) print(`  namespace ${name}: ${pages}`);
    print(`${counts.redirects.found} redirects, ${counts.redirects.kept} kept as earlier paths`);
    print(`${counts.contributors} contributors`);
    print(`${importer.counts.earlier} earlier revisions kept, ${counts.revisionsLeft} left out by --revisions`);
  }
  report(importer.counts);
  return 0;
}

async function openImporter(database: Database, log: Logger): Promise<PageImporter | undefined> {
  const { as } = values;
  if (as === undefined) return refuse('an import needs --as USERNAME');
  const key = nameKey(as);
  const account = (await resolveNames(database.fork(), [key])).get(key);
  if (account?.kind === 'user') return importerFor(database, log, account.userIds[0]!);
  tell(`There is no account ${as}.`);
  return undefined;
}

async function exportFolder(database: Database, folder: string): Promise<number> {
  let pages = 0;
  for await (const page of exportedPages(() => database.fork())) {
    const more = { version: page.version, updated: page.updatedAt.toISOString() };
    await writeMarkdown(folder, fileOf(page.slug, page.locale), writePage(page, more));
    if (++pages % 100 === 0) tell(`${pages} pages written`);
  }
  print(`${pages} pages written`);
  return 0;
}

async function importFolder(folder: string, importer: PageImporter): Promise<void> {
  let files = 0;
  for await (const { file, text } of markdownFiles(folder)) {
    if (++files % 100 === 0) tell(`${files} files read`);
    if (text === undefined) importer.skip('file is too large', file);
    else await importFile(file, text, importer);
  }
  print(`${files} files`);
}

async function importFile(file: string, text: string, importer: PageImporter): Promise<void> {
  let page;
  try {
    page = readPage(file, text);
  } catch (error) {
    return importer.skip((error as Error).message, file);
  }
  await importer.save({ ...page, body: absoluteLinks(file, page.body) }, file, 'Imported from Markdown');
}

function report({ created, updated, unchanged, skipped }: ImportCounts): void {
  print(`${created} created, ${updated} changed, ${unchanged} unchanged`);
  for (const [reason, names] of skipped) {
    const more = names.length > NAMED ? ', …' : '';
    print(`skipped ${names.length}, ${reason}: ${names.slice(0, NAMED).join(', ')}${more}`);
  }
}

runCommand(main);
