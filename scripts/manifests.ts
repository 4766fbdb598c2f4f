/**
 * `npm run manifests`: renders the Helm chart with every file of deploy/helm/values, and every overlay of deploy/kubernetes, and
 * validates all resources. Applies nothing and needs no cluster. deploy/kubernetes/base is rendered from the chart.
 */
import { commandLine } from '@chat/kit/process/command-line';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { publish, read } from './generated-files';
import { schemaProblems, type Resource } from './manifests/kubernetes-schemas';
import { kubernetesTools, type RunTool } from './manifests/kubernetes-tools';
import { manifestProblems } from './manifests/manifest-rules';
import { ROOT } from './subgraphs';

const { values: options } = commandLine({
  command: 'npm run manifests --',
  summary: `Renders the Helm chart with every values file, and every overlay of kustomize, and validates the resources against the schemas
of Kubernetes, with unknown fields refused. Exits with 1 if there is a problem.`,
  options: {
    write: { type: 'boolean', description: 'updates deploy/kubernetes/base from the chart' },
    committed: { type: 'boolean', description: 'validates only deploy/kubernetes/base, without helm and kubectl' },
  },
  details: 'The first run fetches helm and kubectl for Linux on x64 (36 MB) into .cache.',
});

const CHART = 'deploy/helm/chat';
const VALUES = 'deploy/helm/values';
const BASE = 'deploy/kubernetes/base/chat.yaml';
const HEADER = `# Rendered from ${CHART} with ${VALUES}/base.yaml by \`npm run manifests -- --write\`. Change the chart instead.\n`;

/** For installations with Secrets of the chart. */
const SECRETS = ['SECRET_KEY', 'POSTGRES_PASSWORD', 'REDIS_PASSWORD'].flatMap((name) => [
  '--set',
  `secret.values.${name}=${'0123456789abcdef'.repeat(2)}`,
]);

const settings = new Set(JSON.parse(read('schema/settings.json')) as string[]);
const existing = ['chat-secret', 'chat-data-secret'];
const problems: string[] = [];
let count = 0;

if (options.committed) {
  check(BASE, read(BASE));
} else {
  const { helm, kubectl } = kubernetesTools(() => console.log('fetching helm and kubectl (36 MB)'));
  checkChart(helm);
  checkOverlays(kubectl);
}
checkTheCheck();
for (const problem of problems) console.error(problem);
console.log(`manifests: ${count} resources, ${problems.length} problems`);
if (problems.length > 0) process.exitCode = 1;

function checkChart(helm: RunTool): void {
  const render = (args: string[]) => helm(['template', 'chat', CHART, '--namespace', 'chat', ...args]);
  const base = HEADER + render(['-f', `${VALUES}/base.yaml`]);
  publish({ [BASE]: base }, 'npm run manifests -- --write', options.write !== true);
  check(BASE, base);
  check(CHART, render(SECRETS));
  for (const file of readdirSync(join(ROOT, VALUES))) {
    const path = `${VALUES}/${file}`;
    if (file !== 'base.yaml') check(path, render(['-f', path, ...(read(path).includes('existing:') ? [] : SECRETS)]));
  }
  try {
    helm(['lint', '--strict', CHART, ...SECRETS]);
  } catch (error) {
    problems.push(`${CHART}: ${String((error as { stdout?: string }).stdout)}`);
  }
  expectRefusal(render, ['--set', 'unknown.value=1', ...SECRETS], 'an unknown value');
  expectRefusal(render, [], 'an installation without secrets');
}

function expectRefusal(render: (args: string[]) => string, args: string[], subject: string): void {
  try {
    render(args);
  } catch {
    return;
  }
  problems.push(`${CHART}: accepts ${subject}`);
}

/** In a copy, with the examples in place of the files that hold an installation's secrets. */
function checkOverlays(kubectl: RunTool): void {
  const copy = mkdtempSync(join(tmpdir(), 'chat-manifests-'));
  try {
    cpSync(join(ROOT, 'deploy/kubernetes'), copy, { recursive: true });
    for (const overlay of readdirSync(join(copy, 'overlays'))) {
      const folder = join(copy, 'overlays', overlay);
      for (const file of readdirSync(folder)) {
        const [, secret] = /^(.+\.env)\.example$/.exec(file) ?? [];
        if (secret) writeFileSync(join(folder, secret), readFileSync(join(folder, file)));
      }
      check(`deploy/kubernetes/overlays/${overlay}`, kubectl(['kustomize', folder]));
    }
  } finally {
    rmSync(copy, { recursive: true });
  }
}

function check(source: string, text: string): void {
  const resources = parseAllDocuments(text)
    .map((document) => document.toJS() as Resource | null)
    .filter((resource): resource is Resource => resource !== null);
  count += resources.length;
  const found = [...schemaProblems(resources), ...manifestProblems(resources, { settings, existing })];
  problems.push(...found.map((problem) => `${source}: ${problem}`));
}

/** Validators that accept everything would pass unnoticed. */
function checkTheCheck(): void {
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'wrong' } };
  const wrong: Record<string, Resource> = {
    'an unknown field': { ...service, spec: { selection: { app: 'chat' } } },
    'an unknown field of metadata': { ...service, metadata: { name: 'wrong', label: {} } as Resource['metadata'] },
    'a number as a name': { ...service, metadata: { name: 1 } as unknown as Resource['metadata'] },
    'a value that is not allowed': { ...service, spec: { type: 'Balancer' } },
    'an unknown kind': { ...service, kind: 'Services' },
  };
  for (const [fault, resource] of Object.entries(wrong))
    if (schemaProblems([resource]).length === 0) problems.push(`The schemas accept ${fault}.`);
}
