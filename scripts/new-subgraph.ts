/**
 * `npm run new:subgraph -- knowledge article`: writes a subgraph with one feature, and adds it to standalone, the Dockerfile and
 * docker-compose.yml. Overwrites nothing. The templates are in templates/; the next steps are in docs/adding-a-feature.md.
 */
import { commandLine } from '@chat/kit/process/command-line';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatted, read, writeNew } from './generated-files';
import { ROOT, SUBGRAPH_NAMES } from './subgraphs';
import { capitalized } from './templates/feature-names';
import { subgraphFiles } from './templates/subgraph';

const { positionals, refuse } = commandLine({
  command: 'npm run new:subgraph --',
  summary: `Writes a package subgraphs/NAME with one feature, and adds it to standalone, the Dockerfile and docker-compose.yml.
Overwrites nothing.`,
  arguments: [
    { name: 'NAME', description: `one new word in lower case; present: ${SUBGRAPH_NAMES.join(', ')}` },
    {
      name: '[FOLDER/]THING',
      description:
        "the first feature, a singular in kebab case, after a folder below the subgraph's src; default folder: src itself",
    },
  ],
  details: 'Example: npm run new:subgraph -- knowledge article',
});
const [name = '', thing = ''] = positionals;
if (!/^[a-z][a-z0-9]*$/.test(name)) refuse(`NAME must be one word in lower case, and "${name}" is not.`);
if (SUBGRAPH_NAMES.includes(name)) refuse(`There is a subgraph ${name} already.`);

interface Manifest {
  dependencies: Record<string, string>;
}
const manifest = (folder: string) => JSON.parse(read(`${folder}/package.json`)) as Manifest;

void run().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});

async function run(): Promise<void> {
  writeNew(await formatted(subgraphFiles(name, thing, manifest('subgraphs/identity').dependencies)));

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
COPY --from=build /images/${name} .
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
The next steps are in docs/adding-a-feature.md. Describe the subgraph in docs/architecture.md and README.md.`);
}

function edit(path: string, change: (text: string) => string): void {
  writeFileSync(join(ROOT, path), change(read(path)));
  console.log(`changed ${path}`);
}

/** Inserts each text after the match of its expression. @throws if an expression does not match. */
function insert(text: string, ...additions: [behind: RegExp, addition: string][]): string {
  return additions.reduce((result, [behind, addition]) => {
    const found = behind.exec(result);
    if (!found) throw new Error(`${String(behind)} no longer matches: add ${name} by hand.`);
    const end = found.index + found[0].length;
    return result.slice(0, end) + addition + result.slice(end);
  }, text);
}
