/**
 * `npm run new:feature -- messaging poll`: writes a feature that works, adds it to the subgraph's features.ts, and overwrites nothing.
 * The templates are in templates/; the next steps are in docs/adding-a-feature.md.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatted, writeNew } from './generated-files';
import { ROOT, SUBGRAPH_NAMES } from './subgraphs';
import { addFeature } from './templates/feature';

const HELP = `Usage: npm run new:feature -- SUBGRAPH [FOLDER/]THING

Writes a feature with a manifest, entity, migration, policy, service, events, resolver and test, and adds it to features.ts.
Overwrites nothing.

  SUBGRAPH   ${SUBGRAPH_NAMES.join(', ')}
  FOLDER     folder below the subgraph's src, in kebab case; default: src itself
  THING      singular, in kebab case

Example: npm run new:feature -- messaging channels/poll`;

const [subgraph = '', path = ''] = process.argv.slice(2);
if (process.argv.includes('--help')) {
  console.log(HELP);
  process.exit(0);
}
if (!SUBGRAPH_NAMES.includes(subgraph) || path === '') {
  console.error(HELP);
  process.exit(1);
}

void run().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});

async function run(): Promise<void> {
  const source = `subgraphs/${subgraph}/src`;
  const { names, files, features } = addFeature(subgraph, path, join(ROOT, source));
  const created = Object.fromEntries(Object.entries(files).map(([file, text]) => [`${source}/${file}`, text]));
  writeNew(await formatted(created));
  const list = `${source}/features.ts`;
  writeFileSync(join(ROOT, list), (await formatted({ [list]: features }))[list]!);
  console.log(`changed ${list}`);
  if (existsSync(join(ROOT, source, names.folder)))
    console.log(`
Then: npm run schema && npm run check && npm test -- ${source}/${names.folder}
The next steps are in docs/adding-a-feature.md.`);
}
