/**
 * `npm run new:subgraph -- knowledge article`: lays out a new subgraph with a first feature, and names it where subgraphs are named:
 * standalone, Dockerfile, docker-compose.yml. Overwrites nothing; `npm run check` says what is missing.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { read, writeNew } from './generated-files';
import { ROOT, SUBGRAPH_NAMES } from './subgraphs';
import { capitalized } from './templates/feature';
import { subgraphFiles } from './templates/subgraph';

const [name = '', thing = ''] = process.argv.slice(2);
if (!/^[a-z][a-z0-9]*$/.test(name) || !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(thing) || SUBGRAPH_NAMES.includes(name)) {
  console.error(
    'Usage: npm run new:subgraph -- <its name, one new word> <what it has, in the singular and kebab-case>',
  );
  process.exit(1);
}

interface Manifest {
  dependencies: Record<string, string>;
}
const manifest = (folder: string) => JSON.parse(read(`${folder}/package.json`)) as Manifest;

writeNew(subgraphFiles(name, thing, manifest('subgraphs/identity').dependencies));

const standalone = manifest('standalone');
standalone.dependencies[`@chat/${name}`] = '0.1.0';
standalone.dependencies = Object.fromEntries(Object.entries(standalone.dependencies).sort());
edit('standalone/package.json', () => `${JSON.stringify(standalone, null, 2)}\n`);

edit('standalone/src/subgraphs.ts', (text) =>
  insert(
    text,
    [
      /^import .* from '@chat\/.*';\n(?!import)/m,
      `import { create${capitalized(name)}, ${name}Variables } from '@chat/${name}';\n`,
    ],
    [/^export const subgraphVariables = \{\n/m, `  ...${name}Variables,\n`],
    [/^export const createSubgraphs = \[/m, `create${capitalized(name)}, `],
  ),
);

edit('Dockerfile', (text) =>
  insert(
    text,
    [/(^COPY subgraphs\/.*\/package\.json .*\n)+/m, `COPY subgraphs/${name}/package.json subgraphs/${name}/\n`],
    [
      /^CMD \["node", "subgraphs\/.*\n(?!\nFROM subgraph )/m,
      `
FROM subgraph AS ${name}
COPY --from=build --chown=node:node /app/subgraphs/${name} subgraphs/${name}
CMD ["node", "subgraphs/${name}/dist/main.js"]
`,
    ],
  ),
);

edit('docker-compose.yml', (text) =>
  insert(
    text,
    [/^ {2}gateway:\n[^]*? {4}depends_on:\n( {6}.*\n)+/m, `      ${name}: { condition: service_healthy }\n`],
    [
      /^services:\n[^]*?\n(?= {2}postgres:\n)/m,
      `  ${name}:
    <<: *subgraph
    build: { context: ., target: ${name} }

`,
    ],
  ),
);

console.log(`
Then: npm install && npm run schema && npm run docs && npm run format && npm run check && npm test -- subgraphs/${name}
docs/adding-a-feature.md goes on from there; docs/architecture.md and README.md name the subgraphs in words.`);

function edit(path: string, change: (text: string) => string): void {
  writeFileSync(join(ROOT, path), change(read(path)));
  console.log(`changed ${path}`);
}

/** Puts texts behind what each expression matches. @throws where one does not. */
function insert(text: string, ...additions: [behind: RegExp, addition: string][]): string {
  return additions.reduce((result, [behind, addition]) => {
    const found = behind.exec(result);
    if (!found) throw new Error(`${String(behind)} is not there any more: name ${name} by hand.`);
    const end = found.index + found[0].length;
    return result.slice(0, end) + addition + result.slice(end);
  }, text);
}
