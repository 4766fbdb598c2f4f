// cspell:words nsenter
/**
 * `npm run systemd:try`: the units of deploy/systemd/ under a real systemd in namespaces of its own. Installs the chat by
 * docs/operations/systemd.md, uses it, harms it, backs it up and stops it.
 */
import { commandLine } from '@chat/kit/process/command-line';
import { expectFree } from '@chat/kit/process/free-port';
import { runCommand } from '@chat/kit/process/run-command';
import { StartupError } from '@chat/kit/process/startup-error';
import { eventually } from '@chat/kit/testing/eventually';
import { startTestServices } from '@chat/kit/testing/services';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enablePlugin, installPlugin, loginAsAdmin } from '../tests/harness/plugins';
import { RemotePerson } from '../tests/harness/remote-person';
import { ADMIN_PASSWORD, ALL_PORTS, GATEWAY_PORT, install, SERVICES, UNITS } from './systemd/installation';
import { Machine } from './systemd/machine';
import { ROOT } from './subgraphs';

const URL_OF_CHAT = `http://127.0.0.1:${GATEWAY_PORT}/graphql`;
/** A first start compiles and migrates. */
const START_MS = 180_000;
/** TimeoutStopSec and a little. */
const STOP_MS = 40_000;
const ENDED = 'ActiveState=inactive ExecMainStatus=0 Result=success';
const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';
const RUN = 'mutation ($input: RunCommandInput!) { runCommand(input: $input) { text } }';

commandLine({
  command: 'npm run systemd:try --',
  summary: `Runs the units of deploy/systemd/ under a systemd of its own, which sees a copy of this machine's files, and PostgreSQL and Redis of
its own: starts chat.target, sends a message, runs a plugin, kills a process, makes a backup, and stops all. Exits with 1 if a step fails.`,
  details: `Needs root, systemd, bubblewrap, \`npm run build\`, and the ports ${ALL_PORTS[0]} to ${ALL_PORTS.at(-1)}. Changes nothing on this machine. Takes about a minute.`,
});

runCommand(async () => {
  if (!existsSync(join(ROOT, 'gateway/dist/main.js'))) throw new StartupError('Run `npm run build` first.');
  for (const port of ALL_PORTS) await expectFree({ host: '127.0.0.1', port });
  await using parts = new AsyncDisposableStack();
  const services = parts.use(await startTestServices());
  const dir = await mkdtemp(join(tmpdir(), 'chat-systemd-'));
  parts.defer(() => rm(dir, { recursive: true, force: true }));
  const machine = parts.use(await Machine.boot(dir, ROOT));
  print(machine.must('systemctl', '--version').split('\n')[0]!);
  install(machine, { databaseUrl: services.postgres.url, redisUrl: services.redis.url });
  machine.must('systemd-analyze', 'verify', ...UNITS);
  print('the units are valid');

  const isReady = () =>
    eventually(
      async () => (await fetch(new URL('/health/ready', URL_OF_CHAT)).catch(() => undefined))?.ok ?? false,
      `a chat that is ready; the log:\n${machine.run('journalctl', '-u', 'chat-*', '-o', 'cat', '-n', '40').output}`,
      START_MS,
    );
  machine.must('systemctl', 'enable', '--now', 'chat.target', 'chat-backup.timer');
  await isReady();
  print(`${SERVICES.length} services are ready`);

  const ada = parts.use(await RemotePerson.registers(URL_OF_CHAT, 'ada'));
  const channel = await ada.opens();
  const heard = ada.hears(channel, 2);
  await ada.sends(channel.channelId, 'before');
  print('a message was sent');

  const admin = await loginAsAdmin(URL_OF_CHAT, ADMIN_PASSWORD);
  const plugin = { name: 'greeter', version: '1.0.0', commands: [{ name: 'greet', description: 'Greets.' }] };
  const { id } = await installPlugin(admin, plugin, `export default { commands: { greet: () => 'hello' } };`);
  await enablePlugin(admin, id, []);
  const input = { channelId: channel.channelId, text: '/greet' };
  const { runCommand: ran } = await ada.does<{ runCommand: { text: string } }>(RUN, { input });
  if (ran.text !== 'hello') throw new Error(`The plugin answered ${ran.text}.`);
  if (!machine.run('pgrep', '-x', 'bwrap').output.trim()) throw new Error('The plugin ran without bubblewrap.');
  print('a plugin ran in bubblewrap');

  const mainPid = () => machine.must('systemctl', 'show', '--value', '--property=MainPID', 'chat-subgraph@messaging');
  const killed = mainPid();
  for (const folder of ['/usr', '/etc', '/opt/chat']) {
    const { output } = machine.run('nsenter', '--target', killed, '--mount', 'touch', `${folder}/written`);
    if (!output.includes('Read-only file system')) throw new Error(`messaging may write to ${folder}: ${output}`);
  }
  const user = machine.must('ps', '--no-headers', '--format=user', '--pid', killed);
  if (user !== 'chat') throw new Error(`messaging runs as ${user}.`);
  print('messaging runs as chat, and cannot write to /usr, /etc and /opt/chat');
  machine.must('systemctl', 'kill', '--signal=KILL', 'chat-subgraph@messaging');
  await eventually(() => !['0', killed].includes(mainPid()), 'another process of messaging');
  await eventually(
    async () =>
      !(await ada.asks(SEND, { input: { channelId: channel.channelId, body: 'after', clientMutationId: 'after' } }))
        .errors,
    'a message after the restart',
    START_MS,
  );
  const bodies = (await heard).map(({ body }) => body);
  if (bodies.join() !== 'before,after') throw new Error(`The subscriber heard ${bodies.join()}.`);
  print('a killed process of messaging was started again, and its subscriber missed nothing');

  machine.must('systemctl', 'start', 'chat-backup');
  print(`a backup was made: ${machine.must('ls', '/var/backups/chat')}`);

  machine.must('systemctl', 'stop', 'chat.target');
  const properties = '--property=ActiveState,Result,ExecMainStatus';
  const stateOf = (name: string) => machine.must('systemctl', 'show', properties, name).split('\n').sort().join(' ');
  await eventually(
    () => {
      const wrong = SERVICES.map((name) => `${name}: ${stateOf(name)}`).filter((line) => !line.endsWith(ENDED));
      if (wrong.length > 0) throw new Error(wrong.join('\n'));
    },
    'the end of all services, with 0',
    STOP_MS,
  );
  print('all services ended in order, with 0');
  return 0;
});

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
