/**
 * The whole system with a gateway that can be restarted, behind a proxy that can cut its connections: in this process, or as two of each process
 * behind nginx or HAProxy, if the tests run behind one (behind-proxy.ts). Creates no accounts. The conformance tests' System has people, and no
 * faults.
 */
import { createGateway, type Gateway } from '@chat/gateway';
import { createIdentity } from '@chat/identity';
import { createTestDatabase } from '@chat/kit/testing/test-database';
import { sql } from '@chat/kit/testing/sql';
import { TcpProxy } from '@chat/kit/testing/tcp-proxy';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadStandaloneConfig } from '../../standalone/src/config';
import { publicAddress } from '../../standalone/src/public-address';
import { startStandalone } from '../../standalone/src/start-standalone';
import { createSubgraphs } from '../../standalone/src/subgraphs';
import { behindProxy, migratedDatabase } from './behind-proxy';
import { startDistributed } from './distributed';

export interface RestartableChat extends AsyncDisposable {
  /** `http://…/graphql` through the proxy. */
  url: string;
  proxy: TcpProxy;
  /** Removes the events of a channel's stream, as retention does. @returns their number */
  forgetEvents(channelId: string): Promise<number>;
  /** Stops the gateway, runs `meanwhile`, and starts another one at the same address. */
  restartGateway(meanwhile?: () => Promise<unknown>): Promise<void>;
}

/** The gateway or gateways below the proxy that cuts connections. */
interface Restarted {
  url: string;
  databaseUrl: string;
  restart: (meanwhile?: () => Promise<unknown>) => Promise<void>;
}

/** Starts it with bcrypt at its lowest cost; `env` sets further variables. */
export async function startRestartableChat(env: Record<string, string> = {}): Promise<RestartableChat> {
  await using parts = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'chat-restartable-'));
  parts.defer(() => rm(dataDir, { recursive: true, force: true }));
  const settings = {
    DATA_DIR: dataDir,
    REDIS_URL: testRedisUrl(),
    REDIS_PREFIX: testRedisPrefix(),
    SECRET_KEY: 'a secret of the restartable chat, 32 characters',
    BCRYPT_COST: '4',
    PASSWORD_WORKERS: '1',
    LIVE_DRAIN_MS: '100',
    ...env,
  };
  const { url, databaseUrl, restart } = await (behindProxy() ? startProcesses : startHere)(settings, parts);
  const proxy = parts.use(await TcpProxy.start(url));
  const running = parts.move();
  return {
    url: proxy.url,
    proxy,
    async forgetEvents(channelId) {
      const stream = [`%${channelId}`];
      await sql(databaseUrl, 'update messaging.event_stream set first_seq = last_seq + 1 where stream like $1', stream);
      return (await sql(databaseUrl, 'delete from messaging.event where stream like $1 returning 1', stream)).length;
    },
    restartGateway: restart,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function startHere(settings: Record<string, string>, parts: AsyncDisposableStack): Promise<Restarted> {
  const configOf = (DATABASE_URL: string) =>
    loadStandaloneConfig({ DATABASE_URL, PORT: '0', LOG_LEVEL: 'silent', ...settings });
  const database = parts.use(
    await createTestDatabase('restartable', async (url) => {
      await using migrated = await startStandalone(configOf(url));
      await migrated.ready;
    }),
  );
  const given = configOf(database.url);
  const config = {
    ...given,
    ...(await publicAddress(given)),
    DATABASE_URL: database.url,
    REDIS_URL: testRedisUrl(),
    SECRET_KEY: given.SECRET_KEY!,
  };
  const identity = parts.use(await createIdentity(config));
  const subgraphs = [identity];
  for (const create of createSubgraphs)
    subgraphs.push(parts.use(await create(config, { others: subgraphs })) as typeof identity);
  await Promise.all(subgraphs.map((subgraph) => subgraph.ready()));
  const { introspectToken, endedSessions } = identity;
  const startGateway = () => createGateway(config, { subgraphs, introspectToken, endedSessions });
  let gateway: Gateway = await startGateway();
  parts.defer(() => gateway[Symbol.asyncDispose]());
  return {
    url: gateway.url,
    databaseUrl: database.url,
    async restart(meanwhile) {
      await gateway[Symbol.asyncDispose]();
      await meanwhile?.();
      gateway = await startGateway();
    },
  };
}

/** Both gateways restart at once, so that clients see an outage. */
async function startProcesses(settings: Record<string, string>, parts: AsyncDisposableStack): Promise<Restarted> {
  const database = parts.use(await migratedDatabase());
  const system = parts.use(
    await startDistributed({
      databaseUrl: database.url,
      redisUrl: settings['REDIS_URL']!,
      redisPrefix: settings['REDIS_PREFIX']!,
      copies: 2,
      env: settings,
    }),
  );
  return {
    url: system.urls[0]!,
    databaseUrl: database.url,
    restart: (meanwhile) => system.restartGateways(meanwhile),
  };
}
