/**
 * Gateway and subgraphs as processes over a PostgreSQL that syncs every commit to disk, and a Redis; from this repository or from the
 * checkout of another commit. Sends nothing itself.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACCESS_TOKEN } from '@chat/identity-client/sessions/access-token';
import { startPostgres } from '@chat/kit/embedded/postgres';
import { startRedis } from '@chat/kit/embedded/redis';
import { newId } from '@chat/kit/ids';
import { cpuSecondsOf, REPOSITORY } from '@chat/kit/testing/test-process';
import { sign } from 'jsonwebtoken';
import { BenchProcess } from '../harness/bench-process';
import { cpuSecondsOfFamily } from '../harness/cpu-time';
import { startOurs } from '../harness/gateways';

const SECRET_KEY = 'only for measurements: 32 characters';
const LISTENING = /"url":"([^"]+)","msg":"listening"/;

export interface Stack<Subgraph extends string> extends AsyncDisposable {
  /** The gateway's `http://…/graphql`. */
  url: string;
  postgresUrl: string;
  redisUrl: string;
  /** A folder for the bench's own files. */
  folder: string;
  /** The processes of Node, by name. */
  nodes: Record<Subgraph | 'gateway', BenchProcess>;
  /** Processor seconds so far. */
  cpuSeconds(): Record<Subgraph | 'gateway' | 'PostgreSQL' | 'Redis', number>;
}

/** @param checkout the folder of another commit, with its dependencies installed */
export async function startStack<Subgraph extends string>(
  subgraphs: readonly Subgraph[],
  checkout?: string,
): Promise<Stack<Subgraph>> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'chat-bench-')), (path) => rm(path, { recursive: true }));
  const postgres = stack.adopt(await startPostgres({ dir: join(folder, 'postgres') }), (server) => server.stop());
  const redis = stack.adopt(await startRedis({ dir: join(folder, 'redis') }), (server) => server.stop());
  const shared = { REDIS_URL: redis.url, SECRET_KEY };
  const env = { ...shared, DATABASE_URL: postgres.url, DATABASE_POOL_SIZE: '16', PORT: '0', LOG_LEVEL: 'info' };
  const processes = subgraphs.map((name) => {
    const args = [`subgraphs/${name}/src/main.ts`];
    return [
      name,
      stack.use(new BenchProcess({ args, side: 'free', env, ...(checkout && { cwd: checkout }) })),
    ] as const;
  });
  const urls: string[] = [];
  for (const [name, started] of processes) {
    const [, url] = await started.waitFor(LISTENING);
    await started.waitFor(/"msg":"ready"/);
    urls.push(`${name}=${url}`);
  }
  const front = await startOurs(
    { supergraphPath: join(checkout ?? REPOSITORY, 'schema/supergraph.graphql') },
    { env: { ...shared, SUBGRAPH_URLS: urls.join(',') }, side: 'free', ...(checkout && { checkout }) },
  );
  stack.use(front.process);
  const running = stack.move();
  return {
    url: front.url,
    postgresUrl: postgres.url,
    redisUrl: redis.url,
    folder,
    nodes: Object.fromEntries([['gateway', front.process], ...processes]) as Stack<Subgraph>['nodes'],
    cpuSeconds: () =>
      Object.fromEntries([
        ['gateway', front.process.cpuSeconds()],
        ...processes.map(([name, started]) => [name, started.cpuSeconds()]),
        ['PostgreSQL', cpuSecondsOfFamily(postgres.pid!)],
        ['Redis', cpuSecondsOf(redis.pid!)],
      ]) as ReturnType<Stack<Subgraph>['cpuSeconds']>,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** An access token that outlives the bench, unlike those of identity. */
export function tokenOf(userId: string): string {
  const claims = { sid: newId(), roles: ['USER'], permissions: ['READ', 'WRITE'] };
  return sign(claims, SECRET_KEY, { subject: userId, ...ACCESS_TOKEN, expiresIn: '6h' });
}
