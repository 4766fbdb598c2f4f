/**
 * Senders, subscribers and a webhook at work while messaging, the gateway and Redis are killed and restarted at random:
 * nothing acknowledged is lost, nothing arrives twice or out of order, and the webhook receives everything. If a run fails,
 * it prints its seed; CHAOS_SEED repeats it.
 */
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import fc from 'fast-check';
import { parse, print } from 'graphql';
import { createClient } from 'graphql-ws';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import WebSocket from 'ws';
import { startPostgres } from '@chat/kit/embedded/postgres';
import { startRedis } from '@chat/kit/embedded/redis';
import type { EmbeddedService } from '@chat/kit/embedded/service';
import { freePort } from '@chat/kit/process/free-port';
import { TestProcess } from '@chat/kit/testing/test-process';
import { PASSWORD, RemotePerson } from '../harness/remote-person';
import { LoginDocument } from '../generated/operations';

const SENDERS = 4;
const KILLS = 6;
/** Messages that must be acknowledged between two kills. */
const MESSAGES_BETWEEN_KILLS = 25;

type Send = { sendMessage: { seq: number } };
const SEND = parse('mutation ($input: SendMessageInput!) { sendMessage(input: $input) { seq } }') as TypedDocumentNode<
  Send,
  { input: { channelId: string; body: string; clientMutationId: string } }
>;
const CREATE_WEBHOOK = parse(
  'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { id } }',
) as TypedDocumentNode<object, { input: { url: string; events: string[]; channelId: string } }>;
const EVENTS = print(
  parse(`subscription ($channelId: ID!, $after: String) {
    channelEvents(channelId: $channelId, after: $after) { __typename cursor ... on MessageAdded { message { seq body author { username } } } }
  }`),
);
type Heard = { seq: number; body: string };
type Told = { data: { message: { body: string } } };
type Event = { __typename: string; cursor: string; message?: Heard & { author: { username: string } } };

/** A process that comes back to its port. */
class Restartable implements AsyncDisposable {
  private process: TestProcess;

  constructor(
    private readonly options: { args: string[]; env: Record<string, string> },
    private readonly isUp: RegExp,
  ) {
    this.process = new TestProcess(options);
  }

  async started(): Promise<void> {
    await this.process.waitFor(this.isUp);
  }

  async kill(): Promise<void> {
    this.process.signal('SIGKILL');
    await this.process.exited;
  }

  async start(): Promise<void> {
    this.process = new TestProcess(this.options);
    await this.started();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.process[Symbol.asyncDispose]();
  }
}

/** A server that a webhook tells of messages. */
class Receiver implements AsyncDisposable {
  /** All bodies by `webhook-id`, one for each attempt. */
  readonly told = new Map<string, string[]>();
  /** Done before the next answer; for a process that is to die while it waits for it. */
  beforeAnswer: ((webhookId: string) => Promise<void>) | undefined;
  private readonly events = new EventEmitter();
  private readonly server: Server;

  constructor() {
    this.server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      const webhookId = request.headers['webhook-id'] as string;
      this.told.set(webhookId, [...(this.told.get(webhookId) ?? []), body]);
      const { beforeAnswer } = this;
      this.beforeAnswer = undefined;
      await beforeAnswer?.(webhookId);
      response.end();
      this.events.emit('told');
    }).listen(0, '127.0.0.1');
  }

  async started(): Promise<this> {
    await once(this.server, 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** The bodies of the announced messages, without repetitions. */
  get bodies(): string[] {
    return [...this.told.values()].map(([first]) => (JSON.parse(first!) as Told).data.message.body);
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await once(this.events, 'told');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

let dir: string;
let postgres: EmbeddedService;
let redis: EmbeddedService;
let messaging: Restartable;
let gateway: Restartable;
let url: string;
const running = new AsyncDisposableStack();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'chat-chaos-'));
  postgres = await startPostgres({ dir: join(dir, 'postgres'), isThrowaway: true });
  redis = await startRedis({ dir: join(dir, 'redis'), isThrowaway: true });
  const env = {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    SECRET_KEY: 'a secret of the chaos test, of 32 characters',
    RATE_LIMIT_PER_MINUTE: '0',
    BCRYPT_COST: '4',
    WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true',
    LOG_LEVEL: 'info',
  };
  const ports = { identity: await freePort(), messaging: await freePort(), gateway: await freePort() };
  const subgraph = (name: 'identity' | 'messaging') =>
    new Restartable(
      { args: [`subgraphs/${name}/src/main.ts`], env: { ...env, PORT: String(ports[name]) } },
      /"msg":"ready"/,
    );
  const identity = running.use(subgraph('identity'));
  messaging = running.use(subgraph('messaging'));
  await Promise.all([identity.started(), messaging.started()]);
  const addresses = ['identity', 'messaging'] as const;
  const SUBGRAPH_URLS = addresses.map((name) => `${name}=http://127.0.0.1:${ports[name]}/graphql`).join(',');
  gateway = running.use(
    new Restartable(
      { args: ['gateway/src/main.ts'], env: { ...env, SUBGRAPH_URLS, PORT: String(ports.gateway) } },
      /"msg":"listening"/,
    ),
  );
  await gateway.started();
  url = `http://127.0.0.1:${ports.gateway}/graphql`;
}, 90_000);

afterAll(async () => {
  await running.disposeAsync();
  await Promise.all([postgres.stop(), redis.stop()]);
  await rm(dir, { recursive: true, force: true });
}, 90_000);

/** Sends until `isOver`; repeats a message with its `clientMutationId` until it is acknowledged. */
async function sendUntil(
  isOver: () => boolean,
  client: RemotePerson,
  channelId: string,
  name: string,
  acknowledged: string[],
) {
  for (let number = 0; !isOver(); number++) {
    const body = `${name} ${number}`;
    for (;;) {
      const result = await client
        .asks(SEND, { input: { channelId, body, clientMutationId: body } })
        .catch(() => undefined);
      if (result?.data) break;
      await nextTurn();
    }
    acknowledged.push(body);
    await nextTurn(); // a webhook's deliveries are sequential, and must keep up
    await nextTurn();
  }
}

/** Reads a channel's events until `last` has arrived, and resumes by cursor when the connection is lost. */
async function listen(token: string, channelId: string, after: string, last: Promise<number>): Promise<Heard[]> {
  const heard: Heard[] = [];
  let cursor = after;
  let lastSeq = Infinity;
  void last.then((seq) => (lastSeq = seq));
  while ((heard.at(-1)?.seq ?? 0) < lastSeq) {
    const client = createClient({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization: `Bearer ${token}` },
    });
    try {
      const stream = client.iterate<{ channelEvents: Event }>({
        query: EVENTS,
        variables: { channelId, after: cursor },
      });
      void last.then((seq) => {
        if ((heard.at(-1)?.seq ?? 0) >= seq) void stream.return?.();
      });
      for await (const { data } of stream) {
        if (!data) break; // an interruption; resume with the cursor
        const event = data.channelEvents;
        if (event.__typename === 'HistoryGap') throw new Error('History was lost.');
        cursor = event.cursor;
        if (event.message) heard.push({ seq: event.message.seq, body: event.message.body });
        if ((heard.at(-1)?.seq ?? 0) >= lastSeq) break;
      }
    } catch (error) {
      if (error instanceof Error && error.message === 'History was lost.') throw error;
      await nextTurn(); // the connection was lost
    } finally {
      await client.dispose();
    }
  }
  return heard;
}

/** Expires the leases of killed processes, so that others take over their jobs at once instead of after some seconds. */
async function ageJobs(): Promise<void> {
  const client = new Client({ connectionString: postgres.url });
  await client.connect();
  for (const table of ['_private_jobs', '_private_job_queues'])
    await client.query(
      `update graphile_worker.${table} set locked_at = now() - interval '1 minute' where locked_at is not null`,
    );
  await client.query('delete from job_workers.lease');
  await client.end();
}

/** A pause before the next attempt at an unavailable server. */
const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 50));

/** Kills messaging when a delivery has reached the receiver but is not yet recorded. @returns its `webhook-id` */
async function killedWhileDelivering(receiver: Receiver): Promise<string> {
  const cutOff = await new Promise<string>((resolve) => {
    receiver.beforeAnswer = async (webhookId) => {
      await messaging.kill();
      resolve(webhookId);
    };
  });
  await ageJobs();
  await messaging.start();
  return cutOff;
}

test('nothing acknowledged is lost, nothing arrives twice or out of order, and the webhook receives everything', async () => {
  const seed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  const victims = { messaging, gateway, redis };
  const names = fc.sample(fc.constantFrom<keyof typeof victims>('messaging', 'gateway', 'redis'), {
    seed,
    numRuns: KILLS,
  });

  const people = Array.from({ length: SENDERS }, (_, index) => `sender${index}`);
  const clients = await Promise.all(people.map((name) => RemotePerson.registers(url, name)));
  running.defer(() => Promise.all(clients.map((client) => client[Symbol.asyncDispose]())).then(() => undefined));
  const [owner, ...others] = clients as [RemotePerson, ...RemotePerson[]];
  const { channelId, cursor } = await owner.opens(...others);
  const { login } = await owner.does(LoginDocument, { input: { identifier: people[0]!, password: PASSWORD } });

  const receiver = running.use(await new Receiver().started());
  await owner.does(CREATE_WEBHOOK, { input: { url: receiver.url, events: ['MessageAdded'], channelId } });

  const last = Promise.withResolvers<number>();
  const subscribers = Promise.all([0, 1].map(() => listen(login.accessToken, channelId, cursor, last.promise)));

  let isOver = false;
  const acknowledged: string[] = [];
  const senders = Promise.all(
    clients.map((client, index) => sendUntil(() => isOver, client, channelId, people[index]!, acknowledged)),
  );
  for (const name of names) {
    const goal = acknowledged.length + MESSAGES_BETWEEN_KILLS;
    while (acknowledged.length < goal) await nextTurn();
    await victims[name].kill();
    await ageJobs();
    await victims[name].start();
  }
  const cutOff = await killedWhileDelivering(receiver);
  isOver = true;
  await senders;

  const final = await owner.does(SEND, { input: { channelId, body: 'the end', clientMutationId: 'the end' } });
  last.resolve(final.sendMessage.seq);
  for (const heard of await subscribers) {
    const context = `CHAOS_SEED=${seed}, killed ${names.join(', ')}`;
    const seqs = heard.map(({ seq }) => seq);
    expect({ context, seqs }).toEqual({ context, seqs: seqs.map((_seq, index) => seqs[0]! + index) });
    const bodies = heard.map(({ body }) => body);
    expect({ context, bodies: [...bodies].sort() }).toEqual({ context, bodies: [...acknowledged, 'the end'].sort() });
    for (const name of people) {
      const own = bodies.filter((body) => body.startsWith(`${name} `));
      expect({ context, own }).toEqual({ context, own: own.map((_body, index) => `${name} ${index}`) });
    }
  }

  await receiver.until(() => receiver.told.size === acknowledged.length + 1);
  expect(receiver.bodies.sort()).toEqual([...acknowledged, 'the end'].sort());
  expect(receiver.told.get(cutOff)!.length).toBeGreaterThan(1);
  for (const [first, ...again] of receiver.told.values()) for (const body of again) expect(body).toBe(first);
}, 300_000);
