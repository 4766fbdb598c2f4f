/** `npm run new:feature -- messaging poll`: lays out a new feature's files and says where to name them. Overwrites nothing. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeNew } from './generated-files';
import { ROOT, SUBGRAPH_NAMES } from './subgraphs';
import { featureFiles, featureNames } from './templates/feature';

const [subgraph = '', file = ''] = process.argv.slice(2);
if (!SUBGRAPH_NAMES.includes(subgraph) || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(file)) {
  console.error(`Usage: npm run new:feature -- ${SUBGRAPH_NAMES.join('|')} <what, in the singular and kebab-case>`);
  process.exit(1);
}

const source = `subgraphs/${subgraph}/src`;
const names = featureNames(subgraph, file, nextMigration(join(ROOT, source, 'migrations')));
const files = Object.entries(featureFiles(names));
writeNew(Object.fromEntries(files.map(([path, text]) => [`${source}/${path}`, text])));
console.log(`
Name them in ${source}:
  definition.ts         ${names.type}Resolver in resolvers, ${names.type}: ${names.field}Reference in references, ${names.field}Policy in the policy
  ${existsSync(join(ROOT, source, 'entities.ts')) ? 'entities.ts ' : `create-${subgraph}.ts`}    ${names.type}Entity in entities
  context.ts            ${names.field}: ${names.field}Loader(() => em) in loaders
  migrations/index.ts   { name: '${names.migration}', class: ${names.type}s }
Then: npm run schema && npm run check && npm test -- ${source}/${file}s. docs/adding-a-feature.md goes on from there.`);

/** The number after the highest one in the folder. */
function nextMigration(folder: string): number {
  return Math.max(0, ...readdirSync(folder).map((entry) => parseInt(entry, 10) || 0)) + 1;
}
