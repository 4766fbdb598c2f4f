/**
 * The whole system in this process with a gateway that can be restarted, behind a proxy that can cut its connections.
 * Creates no accounts. The conformance tests' System has people, and no faults.
 */
import { createGateway, type Gateway } from '@chat/gateway';
import { createIdentity } from '@chat/identity';
import { createTestDatabase } from '@chat/kit/testing/test-database';
import { TcpProxy } from '@chat/kit/testing/tcp-proxy';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { loadStandaloneConfig } from '../../standalone/src/config';
import { publicAddress } from '../../standalone/src/public-address';
import { startStandalone } from '../../standalone/src/start-standalone';
import { createSubgraphs } from '../../standalone/src/subgraphs';

export interface RestartableChat extends AsyncDisposable {
  /** `http://…/graphql` through the proxy. */
  url: string;
  proxy: TcpProxy;
  /** Removes the events of a channel's stream, as retention does. @returns their number */
  forgetEvents(channelId: string): Promise<number>;
  /** Stops the gateway, runs `meanwhile`, and starts another one at the same address. */
  restartGateway(meanwhile?: () => Promise<unknown>): Promise<void>;
}

/** Starts it with bcrypt at its lowest cost; `env` sets further variables. */
export async function startRestartableChat(env: Record<string, string> = {}): Promise<RestartableChat> {
  await using parts = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'chat-restartable-'));
  parts.defer(() => rm(dataDir, { recursive: true, force: true }));
  const redisPrefix = testRedisPrefix();
  const settings = (DATABASE_URL: string) =>
    loadStandaloneConfig({
      DATABASE_URL,
      DATA_DIR: dataDir,
      REDIS_URL: testRedisUrl(),
      REDIS_PREFIX: redisPrefix,
      SECRET_KEY: 'a secret of the restartable chat, 32 characters',
      PORT: '0',
      BCRYPT_COST: '4',
      PASSWORD_WORKERS: '1',
      LOG_LEVEL: 'silent',
      LIVE_DRAIN_MS: '100',
      ...env,
    });
  const database = parts.use(
    await createTestDatabase('restartable', async (url) => {
      await using migrated = await startStandalone(settings(url));
      await migrated.ready;
    }),
  );
  const given = settings(database.url);
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
  const proxy = parts.use(await TcpProxy.start(gateway.url));
  const running = parts.move();
  return {
    url: proxy.url,
    proxy,
    async forgetEvents(channelId) {
      const client = new Client({ connectionString: database.url });
      await client.connect();
      try {
        const stream = [`%${channelId}`];
        await client.query('update messaging.event_stream set first_seq = last_seq + 1 where stream like $1', stream);
        return (await client.query('delete from messaging.event where stream like $1', stream)).rowCount ?? 0;
      } finally {
        await client.end();
      }
    },
    async restartGateway(meanwhile) {
      await gateway[Symbol.asyncDispose]();
      await meanwhile?.();
      gateway = await startGateway();
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
