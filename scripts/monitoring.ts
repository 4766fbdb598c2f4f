/**
 * `npm run monitoring`: checks the files of deploy/prometheus and deploy/alertmanager with promtool and amtool of Debian's packages, and
 * runs the tests of the alerts. Starts no server and reads no metrics.
 */
import { commandLine } from '@chat/kit/process/command-line';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { debianTool } from './monitoring/debian-tool';
import { ROOT } from './subgraphs';

commandLine({
  command: 'npm run monitoring --',
  summary: `Checks the configuration of Prometheus and Alertmanager, and runs the tests of the alerts: each alert fires with its fault and
stays silent without it. Exits with 1 if there is a problem.`,
  details: `The first run fetches both programs (90 MB) from Debian's packages into .cache, without installing them.
deploy/prometheus/kubernetes.yml is not checked: Debian's promtool is built without Kubernetes.`,
});

void (async () => {
  const [promtool, amtool] = [await tool('promtool'), await tool('amtool')];
  const statuses = [
    promtool('deploy/prometheus', 'check', 'config', 'prometheus.yml'),
    promtool('deploy/prometheus', 'test', 'rules', 'chat.rules.test.yml'),
    amtool('deploy/alertmanager', 'check-config', 'alertmanager.yml'),
  ];
  process.exitCode = Math.max(...statuses);
})();

async function tool(name: 'promtool' | 'amtool') {
  const { program, env } = await debianTool(name);
  return (folder: string, ...args: string[]) =>
    spawnSync(program, args, { cwd: join(ROOT, folder), env, stdio: 'inherit' }).status ?? 1;
}
