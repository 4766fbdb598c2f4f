// cspell:words alertmanagers bwrap
/**
 * `npm run alerts:try`: the alerts of deploy/ on a real system. Prometheus and Alertmanager watch a running chat, servers are stopped one after
 * the other, and each alert must reach a webhook in time, and be resolved after the repair.
 */
import { startPostgres } from '@chat/kit/embedded/postgres';
import { startRedis } from '@chat/kit/embedded/redis';
import { commandLine } from '@chat/kit/process/command-line';
import { freePort } from '@chat/kit/process/free-port';
import { runCommand } from '@chat/kit/process/run-command';
import { ServiceProcess } from '@chat/kit/process/service-process';
import { TestProcess } from '@chat/kit/testing/test-process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { read } from './generated-files';
import { AlertReceiver } from './monitoring/alert-receiver';
import { debianTool, type DebianTool } from './monitoring/debian-tool';
import { alerts } from './monitoring/monitoring-files';
import { ROOT } from './subgraphs';

/** Alerts that a stopped server must cause. */
const FAULTS = ['ChatRedisDown', 'ChatDatabaseDown', 'ChatProcessDown'] as const;

const { values, refuse } = commandLine({
  command: 'npm run alerts:try --',
  summary: `Runs a chat of its own under Prometheus and Alertmanager with the files of deploy/, and checks that no alert comes in quiet operation.
Then stops Redis, PostgreSQL and the chat in turn: ${FAULTS.join(', ')} must reach a
webhook within twice their time, and be resolved after the repair. Exits with 1 otherwise.`,
  options: {
    'quiet-minutes': {
      type: 'string',
      value: 'N',
      default: '1',
      description: 'time without a fault before the first one',
    },
  },
  details: `Takes about eight minutes. The first run fetches Prometheus and Alertmanager (90 MB) from Debian's packages into .cache, without installing
them; Alertmanager needs bubblewrap. All other alerts are tested by npm run monitoring, with recorded values.`,
});

/** Beyond the time of an alert: a scrape, an evaluation, and Alertmanager's own wait, in milliseconds. */
const GRACE_MS = 60_000;
const LOOK_MS = 500;

/** The duration of a rule, such as `30s` or `1m`, in milliseconds. */
const durationOf = (text: string): number =>
  Number.parseInt(text) * { s: 1_000, m: 60_000, h: 3_600_000 }[text.at(-1) as 's' | 'm' | 'h'];

runCommand(async () => {
  const quietMs = Number(values['quiet-minutes']) * 60_000;
  if (!(quietMs >= 0)) refuse('--quiet-minutes must be a number from 0.');
  await using parts = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'chat-alerts-'));
  parts.defer(() => rm(dir, { recursive: true, force: true }));
  const postgres = parts.use(await startPostgres({ dir: join(dir, 'postgres'), isThrowaway: true }));
  const redis = parts.use(await startRedis({ dir: join(dir, 'redis'), isThrowaway: true }));
  const env = {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    SECRET_KEY: 'a secret of the watched chat, 32 characters or more',
    DATA_DIR: join(dir, 'data'),
    EMBEDDINGS_ENABLED: 'false',
    PORT: String(await freePort()),
  };
  const startChat = async () => {
    const chat = parts.use(new TestProcess({ args: ['standalone/src/main.ts'], env, cwd: ROOT }));
    await chat.waitFor(/The chat is at \S+/);
    return chat;
  };
  let chat = await startChat();
  const receiver = parts.use(await AlertReceiver.start());
  await watch(dir, `127.0.0.1:${env.PORT}`, receiver.url, parts);
  console.log('Prometheus and Alertmanager watch the chat');

  const until = async (alert: string, state: 'firing' | 'resolved', withinMs: number): Promise<number | undefined> => {
    const began = performance.now();
    const has = () => [...receiver.states].some(([name, found]) => name.endsWith(` ${alert}`) && found === state);
    while (!has() && performance.now() - began < withinMs) await sleep(LOOK_MS);
    return has() ? Math.round((performance.now() - began) / 1000) : undefined;
  };
  await sleep(quietMs);
  const early = [...receiver.states.keys()];
  const problems = early.map((name) => `${name} came in quiet operation`);

  const faults: Record<(typeof FAULTS)[number], { provoke: () => Promise<unknown>; repair: () => Promise<unknown> }> = {
    ChatRedisDown: { provoke: () => redis.stop(), repair: () => redis.start() },
    ChatDatabaseDown: { provoke: () => postgres.stop(), repair: () => postgres.start() },
    ChatProcessDown: {
      provoke: () => (chat.signal('SIGKILL'), chat.exited),
      repair: async () => (chat = await startChat()),
    },
  };
  for (const alert of FAULTS) {
    const forMs = durationOf(alerts().find((rule) => rule.alert === alert)!.for);
    await faults[alert].provoke();
    const firing = await until(alert, 'firing', 2 * forMs + GRACE_MS);
    await faults[alert].repair();
    const resolved = firing === undefined ? undefined : await until(alert, 'resolved', 2 * forMs + 2 * GRACE_MS);
    console.log(`${alert}: fired after ${firing ?? '-'} s, resolved ${resolved ?? '-'} s after the repair`);
    if (firing === undefined) problems.push(`${alert} did not fire`);
    else if (resolved === undefined) problems.push(`${alert} was not resolved`);
  }
  console.log(`All that came: ${[...receiver.states.keys()].join(', ')}`);
  console.log(problems.join('\n') || 'Each alert fired, and was resolved.');
  return problems.length === 0 ? 0 : 1;
});

/** Starts Prometheus and Alertmanager with the files of deploy/, and with these addresses. */
async function watch(dir: string, target: string, webhook: string, parts: AsyncDisposableStack): Promise<void> {
  const [prometheusPort, alertmanagerPort] = [await freePort(), await freePort()];
  const routes = read('deploy/alertmanager/alertmanager.yml').replaceAll(/http:\/\/127\.0\.0\.1:9099/g, webhook);
  await writeFile(join(dir, 'alertmanager.yml'), routes);
  const config = parse(read('deploy/prometheus/prometheus.yml')) as Record<string, unknown>;
  config['alerting'] = { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }] };
  config['scrape_configs'] = [
    { job_name: 'chat', static_configs: [{ targets: [target], labels: { component: 'standalone' } }] },
  ];
  await writeFile(join(dir, 'prometheus.yml'), stringify(config));
  await copyFile(join(ROOT, 'deploy/prometheus/chat.rules.yml'), join(dir, 'chat.rules.yml'));
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
