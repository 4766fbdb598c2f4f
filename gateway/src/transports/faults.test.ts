/** Reloads and restarts under load, with 500 subscribers: no subscription ends, and no event is lost, repeated or reordered. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExecutionResult } from 'graphql';
import { Redis } from 'ioredis';
import { findRedis } from '@chat/kit/embedded/redis-binary';
import { createLogger } from '@chat/kit/logging';
import { freePort } from '@chat/kit/process/free-port';
import { serveSubgraph, type SubgraphServer } from '@chat/kit/graphql/subgraph-server';
import { bearer, socketClient, startLiveGateway, until } from '../testing/live-gateway';
import {
  authorsService,
  DESKS_SDL,
  desksService,
  Newsroom,
  newsroomSupergraph,
  type NewsroomService,
} from '../testing/newsroom';

const EVENTS =
  'subscription ($desk: ID!) { deskEvents(desk: $desk, after: "0") { ... on StoryFiled { story { id author { name } } } } }';

/** 500 subscribers together with the streams. */
const SOCKETS = 44;
const STREAMS = ['text/event-stream', 'multipart/mixed;subscriptionSpec=1.0'] as const;
const DESKS = Array.from({ length: 10 }, (_, index) => `desk-${index}`);

/** A subgraph that can restart at the same address. */
class Restartable {
  private constructor(
    private readonly service: () => NewsroomService,
    private server: SubgraphServer,
  ) {}

  static async start(service: () => NewsroomService): Promise<Restartable> {
    return new Restartable(service, await serve(service(), 0));
  }

  get url(): string {
    return this.server.url;
  }

  async restart(): Promise<void> {
    const port = Number(new URL(this.server.url).port);
    await this.server[Symbol.asyncDispose]();
    this.server = await serve(this.service(), port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}

function serve(service: NewsroomService, port: number): Promise<SubgraphServer> {
  const subgraph = {
    name: 'any',
    service,
    ready: () => Promise.resolve(),
    health: () => Promise.resolve({}),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return serveSubgraph(subgraph, { host: '127.0.0.1', port, log: createLogger('test', 'silent') });
}

class RedisOnPort implements AsyncDisposable {
  private child?: ChildProcess;

  constructor(readonly port: number) {}

  async start(): Promise<void> {
    const { command, env } = await findRedis({});
    this.child = spawn(command, ['--port', String(this.port), '--save', '', '--bind', '127.0.0.1'], {
      env: { ...process.env, ...env },
      stdio: 'ignore',
    });
    const redis = new Redis(this.port, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
    redis.on('error', () => undefined);
    await redis.ping();
    redis.disconnect();
  }

  async stop(): Promise<void> {
    if (!this.child) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
    this.child = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

interface Follower {
  desk: string;
  seen: ExecutionResult[];
  /** How the stream ended; undefined while it is open. */
  ended: () => unknown;
}

/** Follows a desk over HTTP until `signal` aborts. */
function followStream(url: string, accept: string, desk: string, user: string, signal: AbortSignal): Follower {
  const seen: ExecutionResult[] = [];
  let end: unknown;
  void (async () => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { accept, 'content-type': 'application/json', ...bearer(user) },
      body: JSON.stringify({ query: EVENTS, variables: { desk } }),
      signal,
    });
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of response.body!) {
      const lines = (text + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
      text = lines.pop()!;
      for (const line of lines) {
        if (line.startsWith('data: {')) seen.push(JSON.parse(line.slice(6)) as ExecutionResult);
        const part = line.startsWith('{"payload":{') ? (JSON.parse(line) as { payload: ExecutionResult }) : undefined;
        if (part) seen.push(part.payload);
      }
    }
    end = 'complete';
  })().catch((error: unknown) => (end = error));
  return { desk, seen, ended: () => end };
}

test('subscriptions survive a reload and restarts of each subgraph and of Redis', async () => {
  const room = new Newsroom();
  await using redis = new RedisOnPort(await freePort());
  await redis.start();
  await using desks = await Restartable.start(() => desksService(room));
  await using authors = await Restartable.start(() => authorsService(room));
  const urls = { desks: desks.url, authors: authors.url };
  await using live = await startLiveGateway({ REDIS_URL: `redis://127.0.0.1:${redis.port}` }, room, urls);

  const clients = Array.from({ length: SOCKETS }, (_, index) => socketClient(live.wsUrl, `user-${index}`));
  const followers: Follower[] = clients.flatMap((client) =>
    DESKS.map((desk) => {
      const seen: ExecutionResult[] = [];
      let end: unknown;
      client.subscribe<Record<string, unknown>>(
        { query: EVENTS, variables: { desk } },
        {
          next: (result) => void seen.push(result as ExecutionResult),
          error: (error) => (end = error),
          complete: () => (end = 'complete'),
        },
      );
      return { desk, seen, ended: () => end };
    }),
  );
  const leave = new AbortController();
  for (const accept of STREAMS)
    for (let count = 0; count < 3; count++)
      for (const desk of DESKS) followers.push(followStream(live.url, accept, desk, `user-${count}`, leave.signal));
  expect(followers).toHaveLength(500);
  const hasAll = () => followers.every(({ desk, seen }) => seen.length >= storiesOf(desk).length);
  const storiesOf = (desk: string) => room.stories.filter((story) => story.desk === desk);
  for (const desk of DESKS) room.publish(desk);
  await until(hasAll);

  let isOver = false;
  const load = (async () => {
    for (let index = 0; !isOver; index++) {
      room.publish(DESKS[index % DESKS.length]!);
      await delay(10);
    }
  })();
  const reload = (sdl: string) => Promise.resolve(live.source.replace(newsroomSupergraph(sdl, urls)));
  const faults = [
    () => reload(`${DESKS_SDL} extend type Query { more: String }`),
    () => desks.restart(),
    () => authors.restart(),
    () => reload(DESKS_SDL.replace('author: Author!', 'author: Author! @viewerDependent')),
    async () => {
      await redis.stop();
      await redis.start();
    },
    () => desks.restart(),
  ];
  for (const fault of faults) {
    const before = room.stories.length;
    await fault();
    await until(() => room.stories.length > before + 20);
  }
  isOver = true;
  await load;
  await until(hasAll);

  for (const { desk, seen, ended } of followers) {
    expect(ended()).toBeUndefined();
    const ids = seen.map(({ data }) => (data as { deskEvents: { story: { id: string } } }).deskEvents.story.id);
    expect(ids).toEqual(storiesOf(desk).map(({ id }) => id));
  }
  for (const client of clients) await client.dispose();
  leave.abort();
}, 120_000);
