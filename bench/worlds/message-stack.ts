/**
 * Gateway, messaging and identity as processes over a PostgreSQL that syncs every commit to disk, and a Redis; from this repository
 * or from the checkout of another commit. Sends nothing itself.
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
import { request } from '../load/follower';

const SECRET_KEY = 'only for measurements: 32 characters';
const LISTENING = /"url":"([^"]+)","msg":"listening"/;
const CREATE = 'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id } }';

export const STACK_PROCESSES = ['gateway', 'messaging', 'identity', 'PostgreSQL', 'Redis'] as const;
export type StackProcess = (typeof STACK_PROCESSES)[number];

export interface MessageStack extends AsyncDisposable {
  /** The gateway's `http://…/graphql`. */
  url: string;
  /** An access token for each sender. */
  tokens: string[];
  /** All senders are members of all of them. */
  channels: string[];
  postgresUrl: string;
  /** A folder for the bench's own files. */
  folder: string;
  /** The processes of Node, by name. */
  nodes: Record<'gateway' | 'messaging' | 'identity', BenchProcess>;
  /** Processor seconds so far. */
  cpuSeconds(): Record<StackProcess, number>;
}

export interface MessageStackOptions {
  senders: number;
  channels: number;
  checkout?: string;
}

export async function startMessageStack({ senders, channels, checkout }: MessageStackOptions): Promise<MessageStack> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.adopt(await mkdtemp(join(tmpdir(), 'chat-bench-')), (path) => rm(path, { recursive: true }));
  const postgres = stack.adopt(await startPostgres({ dir: join(folder, 'postgres') }), (server) => server.stop());
  const redis = stack.adopt(await startRedis({ dir: join(folder, 'redis') }), (server) => server.stop());
  const shared = { REDIS_URL: redis.url, SECRET_KEY };
  const env = { ...shared, DATABASE_URL: postgres.url, DATABASE_POOL_SIZE: '16', PORT: '0', LOG_LEVEL: 'info' };
  const start = (name: string) => {
    const args = [`subgraphs/${name}/src/main.ts`];
    return stack.use(new BenchProcess({ args, side: 'free', env, ...(checkout && { cwd: checkout }) }));
  };
  const subgraphs = { identity: start('identity'), messaging: start('messaging') };
  const urls: string[] = [];
  for (const [name, started] of Object.entries(subgraphs)) {
    const [, url] = await started.waitFor(LISTENING);
    await started.waitFor(/"msg":"ready"/);
    urls.push(`${name}=${url}`);
  }
  const front = await startOurs(
    { supergraphPath: join(checkout ?? REPOSITORY, 'schema/supergraph.graphql') },
    { env: { ...shared, SUBGRAPH_URLS: urls.join(',') }, side: 'free', ...(checkout && { checkout }) },
  );
  stack.use(front.process);

  const people: string[] = [];
  while (people.length < senders) people.push(await register(front.url, `sender${people.length}`));
  const tokens = people.map(tokenOf);
  const input = { name: 'bench', memberIds: people };
  const ids: string[] = [];
  while (ids.length < channels) {
    const { createChannel } = await request<{ createChannel: { id: string } }>(front.url, CREATE, { input }, tokens[0]);
    ids.push(createChannel.id);
  }
  const running = stack.move();
  return {
    url: front.url,
    tokens,
    channels: ids,
    postgresUrl: postgres.url,
    folder,
    nodes: { gateway: front.process, ...subgraphs },
    cpuSeconds: () => ({
      gateway: front.process.cpuSeconds(),
      messaging: subgraphs.messaging.cpuSeconds(),
      identity: subgraphs.identity.cpuSeconds(),
      PostgreSQL: cpuSecondsOfFamily(postgres.pid!),
      Redis: cpuSecondsOf(redis.pid!),
    }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function register(url: string, username: string): Promise<string> {
  const input = { username, email: `${username}@example.org`, password: 'violet tractor gymnast' };
  const query = 'mutation ($input: RegisterInput!) { register(input: $input) { user { id } } }';
  return (await request<{ register: { user: { id: string } } }>(url, query, { input })).register.user.id;
}

/** Outlives the bench, unlike the tokens of identity. */
function tokenOf(userId: string): string {
  const claims = { sid: newId(), roles: ['USER'], permissions: ['READ', 'WRITE'] };
  return sign(claims, SECRET_KEY, { subject: userId, ...ACCESS_TOKEN, expiresIn: '6h' });
}
