/** A Redis server of our own on 127.0.0.1. One that a killed process left behind is found by its pid file and stopped at the next start. */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import type { Logger } from '../logging';
import { endProcess } from '../process/end-process';
import { freePort } from '../process/free-port';
import { runsWith } from '../process/runs-with';
import { ServiceProcess } from '../process/service-process';
import { findRedis, type RedisProgram } from './redis-binary';
import type { EmbeddedService } from './service';

export interface RedisOptions {
  /** The server's folder; created if it does not exist. Two servers never share one. */
  dir: string;
  /** For tests: nothing is kept, a restarted server is empty. Otherwise an append-only file, synced every second. */
  isThrowaway?: boolean;
  /** The program; by default the one that {@link findRedis} finds. */
  program?: RedisProgram;
  log?: Logger;
}

/** Starts Redis (or Valkey) on a free port of 127.0.0.1 with a password of its own. */
export async function startRedis(options: RedisOptions): Promise<EmbeddedService> {
  const dir = resolve(options.dir);
  const { pidFile, configFile } = filesIn(dir);
  const program = options.program ?? (await findRedis({ log: options.log }));
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await stopRedisIn(dir);

  const port = await freePort();
  const password = randomBytes(18).toString('base64url');
  const settings = [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    'daemonize no',
    'set-proc-title no',
    `dir "${dir}"`,
    `pidfile "${pidFile}"`,
    'save ""',
    `appendonly ${options.isThrowaway ? 'no' : 'yes'}`,
    'appendfsync everysec',
  ];
  // In a file and not in arguments, which every user of the machine can read.
  await writeFile(configFile, `${settings.join('\n')}\n`, { mode: 0o600 });
  const server = new ServiceProcess(
    {
      name: 'Redis',
      command: program.command,
      args: [configFile],
      env: program.env,
      logFile: join(dir, 'redis.log'),
      stopSignal: 'SIGTERM',
      isReady: () => answersPing(port, password),
    },
    options.log,
  );
  await server.start();
  return Object.assign(server, { url: `redis://:${password}@127.0.0.1:${port}` });
}

/** The URL of the Redis that runs or last ran in `dir`, for processes beside it. Undefined if none was started there. */
export async function redisUrlIn(dir: string): Promise<string | undefined> {
  const settings = await readFile(filesIn(dir).configFile, 'utf8').catch(() => '');
  const [port, password] = ['port', 'requirepass'].map(
    (name) => new RegExp(`^${name} (\\S+)$`, 'm').exec(settings)?.[1],
  );
  return port && password && `redis://:${password}@127.0.0.1:${port}`;
}

const filesIn = (dir: string) => ({
  pidFile: join(resolve(dir), 'redis.pid'),
  configFile: join(resolve(dir), 'redis.conf'),
});

/** Says yes once the data is loaded: until then Redis answers -LOADING. */
function answersPing(port: number, password: string): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let answer = '';
    const finish = (isReady: boolean) => {
      socket.destroy();
      settle(isReady);
    };
    socket.setTimeout(1000, () => finish(false));
    socket.on('error', () => finish(false));
    socket.on('close', () => finish(false));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      if (answer.includes('+PONG')) finish(true);
      else if (answer.includes('-')) finish(false);
    });
    socket.write(`AUTH ${password}\r\nPING\r\n`);
  });
}

/** Ends the server that runs in `dir`, if there is one: for servers that outlived their parent. */
export async function stopRedisIn(dir: string): Promise<void> {
  const { pidFile, configFile } = filesIn(dir);
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''));
  if (!pid || !(await runsWith(pid, configFile))) return;
  await endProcess(pid, ['SIGTERM', 'SIGKILL']);
}
