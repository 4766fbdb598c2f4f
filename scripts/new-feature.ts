/** `npm run new:feature -- messaging poll`: lays out a new feature's files and says where to name them. Overwrites nothing. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT, SUBGRAPH_NAMES } from './subgraphs';
import { featureFiles, type FeatureNames } from './templates/feature';

const [subgraph = '', file = ''] = process.argv.slice(2);
if (!SUBGRAPH_NAMES.includes(subgraph) || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(file)) {
  console.error(`Usage: npm run new:feature -- ${SUBGRAPH_NAMES.join('|')} <what, in the singular and kebab-case>`);
  process.exit(1);
}

const source = join(ROOT, 'subgraphs', subgraph, 'src');
const names = namesOf(subgraph, file);
const files = featureFiles(names);

for (const path of Object.keys(files)) {
  if (!existsSync(join(source, path))) continue;
  console.error(`subgraphs/${subgraph}/src/${path} exists already. Nothing was written.`);
  process.exit(1);
}
for (const [path, text] of Object.entries(files)) {
  mkdirSync(dirname(join(source, path)), { recursive: true });
  writeFileSync(join(source, path), text);
  console.log(`wrote subgraphs/${subgraph}/src/${path}`);
}
console.log(`
Name them in subgraphs/${subgraph}/src:
  definition.ts         ${names.type}Resolver in resolvers, ${names.type}: ${names.field}Reference in references, ${names.field}Policy in the policy
  create-${subgraph}.ts    ${names.type}Entity in entities
  context.ts            ${names.field}: ${names.field}Loader(() => em) in loaders
  migrations/index.ts   { name: '${names.migration}', class: ${names.type}s }
Then: npm run schema && npm run check. docs/adding-a-feature.md goes on from there.`);

function namesOf(subgraphName: string, name: string): FeatureNames {
  const capitalized = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
  const type = name.split('-').map(capitalized).join('');
  return {
    subgraph: subgraphName,
    context: `${capitalized(subgraphName)}Context`,
    file: name,
    type,
    field: type.charAt(0).toLowerCase() + type.slice(1),
    table: `${name.replaceAll('-', '_')}s`,
    migration: `${nextMigration(join(source, 'migrations'))}-${name}s`,
  };
}

/** The number after the highest one in the folder, with three digits. */
function nextMigration(folder: string): string {
  const numbers = readdirSync(folder).map((entry) => parseInt(entry, 10) || 0);
  return String(Math.max(0, ...numbers) + 1).padStart(3, '0');
}
