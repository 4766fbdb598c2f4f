// cspell:words alertmanagers bwrap
/** Prometheus and Alertmanager with the files of deploy/, for addresses of this machine. */
import { freePort } from '@chat/kit/process/free-port';
import { ServiceProcess } from '@chat/kit/process/service-process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { read } from '../generated-files';
import { debianTool, type DebianTool } from './debian-tool';
import { shortened } from './time-scale';

export interface WatchOptions {
  /** For configurations, data and logs. */
  dir: string;
  /** The file with the addresses to watch, in the format of `file_sd_configs`. */
  targetsFile: string;
  /** Where all alerts go. */
  webhook: string;
  /** By which all durations are divided. */
  factor: number;
  parts: AsyncDisposableStack;
}

/** @returns the address of Prometheus, `http://host:port` */
export async function watch({ dir, targetsFile, webhook, factor, parts }: WatchOptions): Promise<string> {
  const [prometheusPort, alertmanagerPort] = [await freePort(), await freePort()];
  const routes = read('deploy/alertmanager/alertmanager.yml').replaceAll(/http:\/\/127\.0\.0\.1:9099/g, webhook);
  await writeFile(join(dir, 'alertmanager.yml'), shortened(routes, factor));
  const config = parse(shortened(read('deploy/prometheus/prometheus.yml'), factor)) as Record<string, unknown>;
  config['alerting'] = { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }] };
  config['scrape_configs'] = [{ job_name: 'chat', file_sd_configs: [{ files: [targetsFile] }] }];
  await writeFile(join(dir, 'prometheus.yml'), stringify(config));
  await writeFile(join(dir, 'chat.rules.yml'), shortened(read('deploy/prometheus/chat.rules.yml'), factor));
  const start = async (name: 'prometheus' | 'alertmanager', port: number, args: string[]) => {
    const tool = await debianTool(name);
    const [command = '', ...before] = name === 'alertmanager' ? withTemplates(tool, dir) : [tool.program];
    const server = new ServiceProcess({
      name,
      command,
      args: [...before, `--config.file=${join(dir, `${name}.yml`)}`, `--web.listen-address=127.0.0.1:${port}`, ...args],
      env: tool.env,
      logFile: join(dir, `${name}.log`),
      stopSignal: 'SIGTERM',
      isReady: () =>
        fetch(`http://127.0.0.1:${port}/-/ready`).then(
          ({ ok }) => ok,
          () => false,
        ),
    });
    parts.use(server);
    await server.start();
  };
  await start('alertmanager', alertmanagerPort, [
    `--storage.path=${join(dir, 'alertmanager')}`,
    '--cluster.listen-address=',
  ]);
  await start('prometheus', prometheusPort, [`--storage.tsdb.path=${join(dir, 'prometheus')}`]);
  return `http://127.0.0.1:${prometheusPort}`;
}

/** Debian's Alertmanager reads its templates below /usr/share only. Bubblewrap shows it those of the package there. */
const withTemplates = ({ root, program }: DebianTool, dir: string): string[] => {
  const templates = 'usr/share/prometheus';
  return [
    'bwrap',
    ...['--die-with-parent', '--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--bind', dir, dir],
    ...['--tmpfs', '/usr/share', '--ro-bind', join(root, templates), `/${templates}`],
    program,
  ];
};
