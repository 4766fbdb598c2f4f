/**
 * `npm run monitoring`: checks the files of deploy/prometheus and deploy/alertmanager with promtool and amtool of Debian's packages, and
 * runs the tests of the alerts. Starts no server and reads no metrics.
 */
import { fetchDebianPackages } from '@chat/kit/embedded/debian-packages';
import { commandLine } from '@chat/kit/process/command-line';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './subgraphs';

commandLine({
  command: 'npm run monitoring --',
  summary: `Checks the configuration of Prometheus and Alertmanager, and runs the tests of the alerts: each alert fires with its fault and
stays silent without it. Exits with 1 if there is a problem.`,
  details: `The first run fetches both programs (90 MB) from Debian's packages into .cache, without installing them.
deploy/prometheus/kubernetes.yml is not checked: Debian's promtool is built without Kubernetes.`,
});

void (async () => {
  const promtool = await tool('prometheus', 'usr/bin/promtool');
  const amtool = await tool('alertmanager', 'usr/bin/amtool', 'prometheus-alertmanager');
  const statuses = [
    promtool('deploy/prometheus', 'check', 'config', 'prometheus.yml'),
    promtool('deploy/prometheus', 'test', 'rules', 'chat.rules.test.yml'),
    amtool('deploy/alertmanager', 'check-config', 'alertmanager.yml'),
  ];
  process.exitCode = Math.max(...statuses);
})();

async function tool(name: string, program: string, debianPackage = name) {
  const onFetch = () => console.log(`fetching ${debianPackage}`);
  const { root, libraryPath } = await fetchDebianPackages({ name, packages: [debianPackage], program, onFetch });
  const env = { ...process.env, LD_LIBRARY_PATH: libraryPath };
  return (folder: string, ...args: string[]) =>
    spawnSync(join(root, program), args, { cwd: join(ROOT, folder), env, stdio: 'inherit' }).status ?? 1;
}
