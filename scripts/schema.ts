/**
 * `npm run schema`: prints the SDL of every subgraph, composes the supergraph, and writes schema/ and the typed documents of tests and examples.
 * With `--check` it writes nothing, and fails if schema/ is not current or if the API breaks clients of schema/released.graphql.
 * `--release` updates that file.
 */
import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { commandLine } from '@chat/kit/process/command-line';
import { unsizedLists } from '@chat/kit/graphql/list-sizes';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { buildSchema, findBreakingChanges, parse, printSchema } from 'graphql';
import { publish, read } from './generated-files';
import { loadSubgraph, ROOT, SUBGRAPH_NAMES } from './subgraphs';

const RELEASED = 'schema/released.graphql';

const { values } = commandLine({
  command: 'npm run schema --',
  summary:
    'Prints the SDL of every subgraph, composes the supergraph, and writes schema/ and the typed documents of tests and examples.',
  options: {
    check: { type: 'boolean', description: 'writes nothing, and exits with 1 if a file is not current' },
    release: {
      type: 'boolean',
      description: 'updates schema/released.graphql, the API that later changes must not break',
    },
  },
});

void main();

async function main(): Promise<void> {
  const sdl: Record<string, string> = {};
  for (const name of SUBGRAPH_NAMES) sdl[name] = `${(await loadSubgraph(name)).printSdl().trim()}\n`;
  refuseUnsizedLists(sdl);
  const supergraph = compose(sdl);
  const api = printSchema(Supergraph.build(supergraph).apiSchema().toGraphQLJSSchema());
  refuseBreakingChanges(api);
  publish(
    {
      ...Object.fromEntries(Object.entries(sdl).map(([name, text]) => [`schema/${name}.graphql`, text])),
      'schema/supergraph.graphql': `${supergraph.trim()}\n`,
      'schema/api.graphql': `${api.trim()}\n`,
      ...(values.release && { [RELEASED]: `${api.trim()}\n` }),
    },
    'npm run schema',
    values.check,
  );
  for (const config of ['codegen.yml', 'clients/examples/codegen.yml']) typeDocuments(config);
}

/** The gateway computes an operation's cost from these sizes. */
function refuseUnsizedLists(sdl: Record<string, string>): void {
  for (const [name, text] of Object.entries(sdl)) {
    for (const field of unsizedLists(parse(text))) {
      console.error(
        `${name}: the list ${field} has no size. Give it @Directive(assumedSize(…)), or make it a connection.`,
      );
      process.exitCode = 1;
    }
  }
}

function compose(sdl: Record<string, string>): string {
  const { errors, supergraphSdl } = composeServices(
    Object.entries(sdl).map(([name, text]) => ({ name, typeDefs: parse(text), url: `http://${name}:4001/graphql` })),
  );
  if (!errors) return supergraphSdl;
  for (const error of errors) console.error(error.message);
  process.exit(1);
}

function refuseBreakingChanges(api: string): void {
  for (const { description } of findBreakingChanges(buildSchema(read(RELEASED) || api), buildSchema(api))) {
    console.error(`Breaks clients of the last release: ${description}`);
    process.exitCode = 1;
  }
}

/** @param config the file that names inputs and outputs */
function typeDocuments(config: string): void {
  const args = ['--config', config, '--silent', ...(values.check ? ['--check'] : [])];
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin/graphql-codegen'), args, { cwd: ROOT });
  if (status === 0) return;
  console.error(
    `${String(stdout)}${String(stderr)}The typed documents are not current or not valid. Run: npm run schema`,
  );
  process.exitCode = 1;
}
