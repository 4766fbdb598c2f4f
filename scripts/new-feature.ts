/**
 * `npm run new:feature -- messaging poll`: writes a feature that works, adds it to the subgraph's features.ts, and overwrites nothing.
 * The templates are in templates/; the next steps are in docs/adding-a-feature.md.
 */
import { commandLine } from '@chat/kit/process/command-line';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatted, writeNew } from './generated-files';
import { ROOT, SUBGRAPH_NAMES } from './subgraphs';
import { addFeature } from './templates/feature';

const { positionals } = commandLine({
  command: 'npm run new:feature --',
  summary: `Writes a feature with a manifest, entity, migration, policy, service, events, resolver and test, and adds it to features.ts.
Overwrites nothing.`,
  arguments: [
    { name: 'SUBGRAPH', description: 'the subgraph that gets the feature', choices: SUBGRAPH_NAMES },
    {
      name: '[FOLDER/]THING',
      description: "a singular in kebab case, after a folder below the subgraph's src; default folder: src itself",
    },
  ],
  details: 'Example: npm run new:feature -- messaging channels/poll',
});
const [subgraph = '', path = ''] = positionals;

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
