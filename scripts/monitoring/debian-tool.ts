/** Prometheus, Alertmanager and their tools from Debian's packages, fetched into .cache without installing them. */
import { fetchDebianPackages } from '@chat/kit/embedded/debian-packages';
import { join } from 'node:path';

const PACKAGES = {
  prometheus: ['prometheus', 'usr/bin/prometheus'],
  promtool: ['prometheus', 'usr/bin/promtool'],
  alertmanager: ['prometheus-alertmanager', 'usr/bin/prometheus-alertmanager'],
  amtool: ['prometheus-alertmanager', 'usr/bin/amtool'],
} as const;

export interface DebianTool {
  /** The package's root folder. */
  root: string;
  program: string;
  env: NodeJS.ProcessEnv;
}

/** @throws if it cannot be fetched */
export async function debianTool(name: keyof typeof PACKAGES): Promise<DebianTool> {
  const [debianPackage, program] = PACKAGES[name];
  const { root, libraryPath } = await fetchDebianPackages({
    name: debianPackage === 'prometheus' ? 'prometheus' : 'alertmanager',
    packages: [debianPackage],
    program,
    onFetch: () => console.log(`fetching ${debianPackage}`),
  });
  return { root, program: join(root, program), env: { ...process.env, LD_LIBRARY_PATH: libraryPath } };
}
