/** The rules for Kubernetes resources that no schema knows: the committed base passes, and each fault is named. */
import { SUBGRAPH_NAMES } from '../../scripts/subgraphs';
import { read } from '../../scripts/generated-files';
import { manifestProblems } from '../../scripts/manifests/manifest-rules';
import type { Resource } from '../../scripts/manifests/kubernetes-schemas';
import { parseAllDocuments } from 'yaml';

const settings = new Set(JSON.parse(read('schema/settings.json')) as string[]);
const existing = ['chat-secret', 'chat-data-secret'];
const committed = parseAllDocuments(read('deploy/kubernetes/base/chat.yaml'))
  .map((document) => document.toJS() as Resource | null)
  .filter((resource): resource is Resource => resource !== null);
const base = () => structuredClone(committed);
const named = (resources: Resource[], kind: string, name: string) =>
  resources.find((resource) => resource.kind === kind && resource.metadata.name === name) as any;

test('the base has no problem, and a Deployment, a Service, a scaler and a disruption budget of each process', () => {
  const resources = base();
  expect(manifestProblems(resources, { settings, existing })).toEqual([]);
  for (const name of ['gateway', ...SUBGRAPH_NAMES])
    for (const kind of ['Deployment', 'Service', 'HorizontalPodAutoscaler', 'PodDisruptionBudget'])
      expect([kind, name, named(resources, kind, `chat-${name}`) !== undefined]).toEqual([kind, name, true]);
});

test.each<[string, (resources: Resource[]) => void, RegExp]>([
  [
    'a missing Service',
    (all) => void all.splice(all.indexOf(named(all, 'Service', 'chat-rooms')), 1),
    /chat-rooms: no Service/,
  ],
  [
    'a missing disruption budget',
    (all) => void all.splice(all.indexOf(named(all, 'PodDisruptionBudget', 'chat-rooms')), 1),
    /chat-rooms: no PodDisruptionBudget/,
  ],
  [
    'a misspelt setting',
    (all) => void (named(all, 'ConfigMap', 'chat-settings').data.LOG_LEVELS = 'info'),
    /no setting LOG_LEVELS/,
  ],
  [
    'a writable image',
    (all) =>
      void (named(all, 'Deployment', 'chat-gateway').spec.template.spec.containers[0].securityContext = {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      }),
    /gateway may write to its image/,
  ],
  [
    'a pod that may run as root',
    (all) => void (named(all, 'StatefulSet', 'chat-postgres').spec.template.spec.securityContext.runAsNonRoot = false),
    /chat-postgres: may run as root/,
  ],
  [
    'a missing readiness probe',
    (all) => void delete named(all, 'Deployment', 'chat-files').spec.template.spec.containers[0].readinessProbe,
    /files has no readinessProbe/,
  ],
  [
    'an image without a tag',
    (all) =>
      void (named(all, 'Deployment', 'chat-files').spec.template.spec.containers[0].image = 'example.org:5000/a'),
    /image of files has no tag/,
  ],
])('%s is a problem', (_fault, break_, expected) => {
  const resources = base();
  break_(resources);
  expect(manifestProblems(resources, { settings, existing }).join('\n')).toMatch(expected);
});

test('a Secret that nobody creates is a problem', () => {
  expect(manifestProblems(base(), { settings, existing: ['chat-secret'] }).join('\n')).toMatch(
    /chat-postgres: there is no Secret chat-data-secret/,
  );
});
