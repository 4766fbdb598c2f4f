// cspell:words replicaof masterauth requirepass diskless
/** A Redis master with a replica and three Sentinels, as real processes: the smallest set that survives the loss of any one of them. */
import { writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findRedis } from '../embedded/redis-binary';
import { freePort } from '../process/free-port';
import { ServiceProcess } from '../process/service-process';
import { eventually } from './eventually';
import { Redis } from 'ioredis';

const MASTER = 'chat';
const PASSWORD = 'of the servers in tests';

export interface RedisSentinels extends AsyncDisposable {
  /** For REDIS_URL. */
  url: string;
  /** Kills the present master, as a crash would. */
  killMaster(): Promise<void>;
  /** Starts the server that was killed again. Resolves when it follows the new master. */
  restartKilled(): Promise<void>;
  logs: string[];
}

/** @param failoverTimeoutMs `failover-timeout` of the Sentinels; a failed election is repeated after twice as long. */
export async function startRedisSentinels(dir: string, failoverTimeoutMs = 3_000): Promise<RedisSentinels> {
  await using parts = new AsyncDisposableStack();
  const program = await findRedis();
  const start = async (name: string, port: number, lines: string[], args: string[] = []) => {
    const folder = join(dir, name);
    await mkdir(folder, { recursive: true });
    const config = join(folder, 'redis.conf');
    const common = [`port ${port}`, 'bind 127.0.0.1', `dir "${folder}"`, 'daemonize no'];
    await writeFile(config, `${[...common, ...lines].join('\n')}\n`);
    const service = new ServiceProcess({
      name,
      command: program.command,
      args: [config, ...args],
      env: program.env,
      logFile: join(folder, 'log'),
      stopSignal: 'SIGTERM',
      isReady: () => isAnswering(port, args.length > 0 ? undefined : PASSWORD),
    });
    parts.use(service);
    await service.start();
    return service;
  };
  const ports = [await freePort(), await freePort()];
  const data = ['save ""', `requirepass "${PASSWORD}"`, `masterauth "${PASSWORD}"`, 'repl-diskless-sync-delay 0'];
  const servers = new Map<number, ServiceProcess>();
  servers.set(ports[0]!, await start('one', ports[0]!, data));
  servers.set(ports[1]!, await start('two', ports[1]!, [...data, `replicaof 127.0.0.1 ${ports[0]}`]));
  const sentinelPorts = [await freePort(), await freePort(), await freePort()];
  for (const [index, port] of sentinelPorts.entries())
    await start(
      `sentinel-${index}`,
      port,
      [
        `sentinel monitor ${MASTER} 127.0.0.1 ${ports[0]} 2`,
        `sentinel auth-pass ${MASTER} "${PASSWORD}"`,
        `sentinel down-after-milliseconds ${MASTER} 1000`,
        `sentinel failover-timeout ${MASTER} ${failoverTimeoutMs}`,
      ],
      ['--sentinel'],
    );
  const ask = async <T>(port: number, password: string | undefined, work: (redis: Redis) => Promise<T>) => {
    const redis = new Redis({ port, host: '127.0.0.1', password, lazyConnect: true, retryStrategy: () => null });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  };
  /** Until every Sentinel knows the others and a replica that follows: before that, nothing can fail over. */
  const isWhole = async () => {
    const states = await Promise.all(
      sentinelPorts.map((port) =>
        ask(port, undefined, async (redis) => {
          const [master, replicas] = (await Promise.all([
            redis.call('SENTINEL', 'MASTER', MASTER),
            redis.call('SENTINEL', 'REPLICAS', MASTER),
          ])) as [string[], string[][]];
          const valueOf = (fields: string[], name: string) => fields[fields.indexOf(name) + 1];
          const isFollowing = replicas.some(
            (fields) => valueOf(fields, 'flags') === 'slave' && valueOf(fields, 'master-link-status') === 'ok',
          );
          return valueOf(master, 'flags') === 'master' && valueOf(master, 'num-other-sentinels') === '2' && isFollowing;
        }),
      ),
    );
    return states.every(Boolean);
  };
  const untilWhole = () => eventually(isWhole, 'the Sentinels to know each other and a replica', 60_000);
  await untilWhole();
  let killed: ServiceProcess | undefined;
  const started = parts.move();
  const hosts = sentinelPorts.map((port) => `127.0.0.1:${port}`).join(',');
  return {
    url: `redis+sentinel://:${encodeURIComponent(PASSWORD)}@${hosts}/${MASTER}`,
    logs: sentinelPorts.map((_port, index) => join(dir, `sentinel-${index}`, 'log')),
    async killMaster() {
      const [, port = ''] = (await ask(sentinelPorts[0]!, undefined, (redis) =>
        redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER),
      )) as string[];
      killed = servers.get(Number(port))!;
      await killed.kill();
    },
    async restartKilled() {
      await killed?.start();
      await untilWhole();
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  };
}

async function isAnswering(port: number, password: string | undefined): Promise<boolean> {
  const redis = new Redis({ port, host: '127.0.0.1', password, lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  return redis
    .connect()
    .then(() => redis.ping())
    .then(
      () => true,
      () => false,
    )
    .finally(() => redis.disconnect());
}
