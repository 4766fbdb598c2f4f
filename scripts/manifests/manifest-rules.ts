/**
 * Rules for our own Kubernetes resources that no schema knows: references lead somewhere, settings exist, and pods have all that the
 * Pod Security Standard "restricted", rolling upgrades and the scheduler need.
 */
import { SUBGRAPH_NAMES } from '../subgraphs';
import type { Resource } from './kubernetes-schemas';

export interface ManifestOptions {
  /** The names of all settings. */
  settings: ReadonlySet<string>;
  /** Secrets that exist already. */
  existing?: readonly string[];
}

interface Container {
  name: string;
  image: string;
  env?: { name: string; valueFrom?: { secretKeyRef?: { name: string } } }[];
  envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string } }[];
  volumeMounts?: { name: string }[];
  resources?: { requests?: Record<string, string>; limits?: Record<string, string> };
  securityContext?: Record<string, unknown>;
  [probe: string]: unknown;
}
interface Pod {
  metadata: { labels: Record<string, string> };
  spec: {
    serviceAccountName?: string;
    enableServiceLinks?: boolean;
    automountServiceAccountToken?: boolean;
    securityContext?: Record<string, unknown>;
    topologySpreadConstraints?: unknown[];
    containers: Container[];
    volumes?: { name: string; persistentVolumeClaim?: { claimName: string } }[];
  };
}
type Workload = Resource & {
  spec: { replicas?: number; template: Pod; volumeClaimTemplates?: { metadata: { name: string } }[] };
};

/** @returns the problems of one installation. */
export function manifestProblems(resources: readonly Resource[], options: ManifestOptions): string[] {
  const problems: string[] = [];
  const names = (kind: string) => new Set(resources.filter((one) => one.kind === kind).map((one) => one.metadata.name));
  const secrets = new Set([...names('Secret'), ...(options.existing ?? [])]);
  const workloads = resources.filter((one): one is Workload => one.kind === 'Deployment' || one.kind === 'StatefulSet');
  for (const workload of workloads) {
    const name = `${workload.kind} ${workload.metadata.name}`;
    const complain = (problem: string) => void problems.push(`${name}: ${problem}`);
    checkPod(workload.spec.template, workload.kind, complain);
    const { spec } = workload.spec.template;
    const expect = (set: ReadonlySet<string>, wanted: string | undefined, kind: string) =>
      wanted === undefined || set.has(wanted) || complain(`there is no ${kind} ${wanted}`);
    expect(names('ServiceAccount'), spec.serviceAccountName, 'ServiceAccount');
    const volumes = new Set([
      ...(spec.volumes ?? []).map((volume) => volume.name),
      ...(workload.spec.volumeClaimTemplates ?? []).map((claim) => claim.metadata.name),
    ]);
    for (const volume of spec.volumes ?? [])
      expect(names('PersistentVolumeClaim'), volume.persistentVolumeClaim?.claimName, 'PersistentVolumeClaim');
    for (const container of spec.containers) {
      for (const { secretRef, configMapRef } of container.envFrom ?? []) {
        expect(secrets, secretRef?.name, 'Secret');
        expect(names('ConfigMap'), configMapRef?.name, 'ConfigMap');
      }
      for (const { valueFrom } of container.env ?? []) expect(secrets, valueFrom?.secretKeyRef?.name, 'Secret');
      for (const mount of container.volumeMounts ?? []) expect(volumes, mount.name, 'volume');
    }
    if (!covers(resources, 'Service', workload.spec.template)) complain('no Service selects its pods');
    if (workload.kind === 'Deployment' && !covers(resources, 'PodDisruptionBudget', workload.spec.template))
      complain('no PodDisruptionBudget selects its pods');
  }
  const components = new Set(workloads.map(({ spec }) => spec.template.metadata.labels['app.kubernetes.io/component']));
  for (const name of ['gateway', ...SUBGRAPH_NAMES])
    if (!components.has(name)) problems.push(`there is no Deployment of ${name}`);
  for (const { kind, metadata, data = {} } of resources as (Resource & { data?: Record<string, string> })[]) {
    if (kind !== 'ConfigMap') continue;
    for (const setting of Object.keys(data))
      if (!options.settings.has(setting) && !setting.startsWith('APOLLO_TELEMETRY_'))
        problems.push(`ConfigMap ${metadata.name}: there is no setting ${setting}`);
    for (const name of SUBGRAPH_NAMES)
      if (!data['SUBGRAPH_URLS']?.includes(`${name}=`)) problems.push(`SUBGRAPH_URLS has no address of ${name}`);
  }
  return problems;
}

function checkPod({ spec }: Pod, kind: string, complain: (problem: string) => void): void {
  const { securityContext: pod = {} } = spec;
  if (pod['runAsNonRoot'] !== true || !pod['runAsUser']) complain('may run as root');
  if ((pod['seccompProfile'] as { type?: string } | undefined)?.type !== 'RuntimeDefault')
    complain('has no seccomp profile');
  if (spec.enableServiceLinks !== false) complain('gets variables of Services');
  if (spec.automountServiceAccountToken !== false) complain('gets a token of the Kubernetes API');
  if (kind === 'Deployment' && !spec.topologySpreadConstraints?.length) complain('is not spread over nodes');
  for (const { name, image, resources, securityContext: own = {}, ...rest } of spec.containers) {
    if (!/:[^/]+$/.test(image)) complain(`the image of ${name} has no tag`);
    if (own['allowPrivilegeEscalation'] !== false) complain(`${name} may gain privileges`);
    if (own['readOnlyRootFilesystem'] !== true) complain(`${name} may write to its image`);
    if ((own['capabilities'] as { drop?: string[] } | undefined)?.drop?.includes('ALL') !== true)
      complain(`${name} keeps capabilities`);
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
      if (!rest[probe]) complain(`${name} has no ${probe}`);
    if (!resources?.requests?.['cpu'] || !resources.requests['memory'] || !resources.limits?.['memory'])
      complain(`${name} has no requests or limits`);
  }
}

/** Whether the selector of one resource of `kind` matches the pods. */
function covers(resources: readonly Resource[], kind: string, { metadata }: Pod): boolean {
  return resources.some((resource) => {
    if (resource.kind !== kind) return false;
    const { selector } = resource['spec'] as { selector: Record<string, string> & { matchLabels?: object } };
    const labels = Object.entries((selector.matchLabels ?? selector) as Record<string, string>);
    return labels.every(([label, value]) => metadata.labels[label] === value);
  });
}
