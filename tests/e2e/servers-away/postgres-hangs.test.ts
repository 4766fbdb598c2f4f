/**
 * PostgreSQL does not answer real messaging and identity processes: their links are frozen, half of them or all, answers are
 * cut off, or PostgreSQL itself is stopped. Requests fail with a code within the deadlines of docs/architecture.md, `/health`
 * reports the outage, and everything continues without a restart. Redis works throughout.
 */
import { startPostgres } from '@chat/kit/embedded/postgres';
import { startRedis } from '@chat/kit/embedded/redis';
import { eventually, inTime } from '@chat/kit/testing/eventually';
import { TcpProxy } from '@chat/kit/testing/tcp-proxy';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse } from 'graphql';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { WebhookReceiver } from '../../chaos/webhook-receiver';
import { HistoryDocument, LoginDocument, SendMessageDocument } from '../../generated/operations';
import { CHAT, type Distributed, startDistributed } from '../../harness/distributed';
import { PASSWORD, RemotePerson } from '../../harness/remote-person';

/** The gateway's deadline for a subgraph is 10 s, and messaging fails before it; with room for a busy machine. */
const FAILED_MS = 15_000;
/** Time for the lease of a dead worker to expire and be noticed: 12 s and twice 3 s, after as long a wait for fairness. */
const TAKEN_OVER_MS = 45_000;
/** Codes of an operation that may be repeated. */
const RETRYABLE = ['SERVICE_UNAVAILABLE', 'TIMEOUT'];

const LISTENING = /"url":"([^"]+)","msg":"listening"/;

const started = new AsyncDisposableStack();
let postgresUrl: string;
let postgresPid: number;
/** One before each process, by subgraph and number. */
const proxies: Record<string, TcpProxy[]> = { identity: [], messaging: [] };
let system: Distributed;
let ada: RemotePerson;
let bob: RemotePerson;
beforeAll(async () => {
  const dir = await mkdtemp(join(tmpdir(), 'chat-postgres-hangs-'));
  started.defer(() => rm(dir, { recursive: true, force: true }));
  const postgres = started.use(await startPostgres({ dir: join(dir, 'postgres'), isThrowaway: true }));
  const redis = started.use(await startRedis({ dir: join(dir, 'redis'), isThrowaway: true }));
  postgresUrl = postgres.url;
  postgresPid = Number(readFileSync(join(dir, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0]);
  for (const list of Object.values(proxies))
    for (let index = 0; index < 2; index++) list.push(started.use(await TcpProxy.start(postgresUrl)));
  system = started.use(
    await startDistributed({
      databaseUrl: postgresUrl,
      databaseUrlOf: (subgraph, index) => proxies[subgraph]?.[index]?.url,
      redisUrl: redis.url,
      redisPrefix: '',
      copies: 2,
      only: CHAT,
      env: { WEBHOOK_ALLOW_PRIVATE_ADDRESSES: 'true' },
    }),
  );
  ada = started.use(await RemotePerson.registers(system.urls[0]!, 'ada'));
  bob = started.use(await RemotePerson.registers(system.urls[1]!, 'bob'));
}, 300_000);
afterAll(() => started.disposeAsync(), 300_000);
afterEach(() =>
  Object.values(proxies)
    .flat()
    .forEach((proxy) => proxy.thaw()),
);

const messagingProxy = () => proxies['messaging']![0]!;

async function sql<Row extends object>(text: string): Promise<Row[]> {
  const client = new Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

/** The health of the n-th process of a subgraph, as a load balancer sees it. */
async function health(subgraph: string, index = 0) {
  const [, url] = await system.subgraphs[subgraph]![index]!.waitFor(LISTENING);
  const response = await fetch(new URL('/health', url));
  const { parts } = (await response.json()) as { parts: Record<string, boolean> };
  return { status: response.status, parts };
}

const isHealthy = async (subgraph: string, index = 0) => (await health(subgraph, index)).status === 200;

/** The outcome of sending `body`: a code, or undefined if it was sent. A repetition has the same `clientMutationId`. */
async function send(person: RemotePerson, channelId: string, body: string): Promise<{ code: unknown; ms: number }> {
  const began = performance.now();
  const input = { channelId, body, clientMutationId: `${channelId} ${body}` };
  const { errors } = await person.asks(SendMessageDocument, { input });
  return { code: errors?.[0]?.extensions?.['code'], ms: performance.now() - began };
}

const insist = (person: RemotePerson, channelId: string, body: string) =>
  eventually(async () => (await send(person, channelId, body)).code === undefined, `the sending of "${body}"`);

async function history(channelId: string, by = ada): Promise<string[]> {
  const { channel } = await by.does(HistoryDocument, { id: channelId, last: 50 });
  return channel.messages.edges.map(({ node }) => node.body);
}

/** Fills the pool of the first messaging process, so that a fault meets open connections. */
const warmUp = (channelId: string) => Promise.all(Array.from({ length: 12 }, () => history(channelId)));

/** Stops the backends of messaging's idle connections, of both processes. */
async function stopBackends(): Promise<void> {
  const rows = await sql<{ pid: number }>(
    "select pid from pg_stat_activity where application_name = 'messaging' and state = 'idle'",
  );
  expect(rows.length).toBeGreaterThan(0);
  stop(rows.map(({ pid }) => pid));
}

/** Stops the postmaster and all its children. */
function stopAll(): void {
  const children = readFileSync(`/proc/${postgresPid}/task/${postgresPid}/children`, 'utf8');
  stop([postgresPid, ...children.trim().split(' ').map(Number)]);
}

let stopped: number[] = [];
function stop(pids: number[]): void {
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  stopped = pids;
}

/** Those that have been terminated meanwhile end now. */
function continueStopped(): void {
  for (const pid of stopped) process.kill(pid, 'SIGCONT');
  stopped = [];
}

describe.each<[string, begin: () => void | Promise<void>]>([
  ['all its links are frozen', () => messagingProxy().links.forEach((link) => link.freeze())],
  [
    'half of its links are frozen',
    () => messagingProxy().links.forEach((link, index) => index % 2 === 0 && link.freeze()),
  ],
  ['its backends are stopped', stopBackends],
])('while PostgreSQL accepts new connections of a messaging process, but %s', (_fault, begin) => {
  afterEach(continueStopped);

  test('requests fail with a code at worst, soon succeed over new connections, and subscriptions miss nothing', async () => {
    const channel = await ada.opens(bob);
    const { channelId } = channel;
    const followed = ada.hears(channel, 5); // by the process at fault
    await warmUp(channelId);
    await begin();
    const fromElsewhere = insist(bob, channelId, 'by the other process');
    const outcomes = await Promise.all([1, 2, 3].map((number) => send(ada, channelId, `during ${number}`)));
    for (const { code, ms } of outcomes) {
      expect([undefined, ...RETRYABLE]).toContain(code);
      expect(ms).toBeLessThan(FAILED_MS);
    }
    await fromElsewhere;
    for (const number of [1, 2, 3]) await insist(ada, channelId, `during ${number}`);
    await eventually(() => isHealthy('messaging'), 'a healthy process');
    await insist(ada, channelId, 'afterwards');
    const heard = (await followed).map(({ body }) => body);
    expect(heard).toEqual((await history(channelId, bob)).slice(1));
    expect([...heard].sort()).toEqual(['afterwards', 'by the other process', 'during 1', 'during 2', 'during 3']);
  }, 90_000);
});

describe.each<[string, begin: () => void]>([
  [
    'messaging and identity are cut off from it',
    () => [messagingProxy(), proxies['identity']![0]!].forEach((proxy) => proxy.freeze()),
  ],
  ['it is stopped with all its backends', stopAll],
])('while PostgreSQL is frozen as a whole: %s', (_fault, begin) => {
  const end = () => {
    for (const proxy of Object.values(proxies).flat()) proxy.thaw();
    continueStopped();
  };
  afterEach(end);

  test('requests fail with a code, health reports it, and all continue after the thaw', async () => {
    const channel = await ada.opens(bob);
    const { channelId } = channel;
    const followed = ada.hears(channel, 3);
    await ada.sends(channelId, 'before');
    await ada.hears(channel, 1); // by then, the first has begun: a start that takes too long is refused
    await warmUp(channelId);
    begin();
    const login = () => ada.asks(LoginDocument, { input: { identifier: 'bob', password: PASSWORD } });
    const began = performance.now();
    const [sent, read, loggedIn] = await Promise.all([
      send(ada, channelId, 'during'),
      ada.asks(HistoryDocument, { id: channelId, last: 1 }),
      login(),
    ]);
    expect(performance.now() - began).toBeLessThan(FAILED_MS);
    expect(RETRYABLE).toContain(sent.code);
    expect(RETRYABLE).toContain(read.errors?.[0]?.extensions?.['code']);
    expect(RETRYABLE).toContain(loggedIn.errors?.[0]?.extensions?.['code']);
    for (const subgraph of ['messaging', 'identity'])
      expect(await health(subgraph)).toEqual({ status: 503, parts: { postgresql: false, redis: true } });

    end();
    await insist(ada, channelId, 'during');
    await eventually(async () => (await login()).data ?? false, 'a login after the thaw');
    for (const subgraph of ['messaging', 'identity'])
      await eventually(() => isHealthy(subgraph), `a healthy ${subgraph} process`);
    await ada.sends(channelId, 'after');
    expect((await followed).map(({ body }) => body)).toEqual(['before', 'during', 'after']);
    expect(await history(channelId)).toEqual(['hello', 'before', 'during', 'after']);
  }, 90_000);
});

test('an answer that is cut off after the commit is an outage, and repeating the message does not double it', async () => {
  const channel = await ada.opens(bob);
  const { channelId } = channel;
  const followed = bob.hears(channel, 2);
  const cut = messagingProxy().cutAnswerTo(/send[-_](plain[-_])?messages/);
  const { code, ms } = await send(ada, channelId, 'cut off');
  await inTime('the cut', cut);
  expect([undefined, 'SERVICE_UNAVAILABLE']).toContain(code);
  expect(ms).toBeLessThan(FAILED_MS);
  expect((await send(ada, channelId, 'cut off')).code).toBeUndefined();
  expect((await send(ada, channelId, 'next')).code).toBeUndefined();
  expect((await followed).map(({ body }) => body)).toEqual(['cut off', 'next']);
  expect(await history(channelId)).toEqual(['hello', 'cut off', 'next']);
}, 60_000);

test('a slow link to PostgreSQL slows requests down and fails none', async () => {
  const { channelId } = await ada.opens(bob);
  await warmUp(channelId);
  messagingProxy().delay(400);
  try {
    for (const body of ['one', 'two']) expect((await send(ada, channelId, body)).code).toBeUndefined();
    await eventually(() => isHealthy('messaging'), 'a healthy process');
  } finally {
    messagingProxy().delay(0);
  }
  expect(await history(channelId)).toEqual(['hello', 'one', 'two']);
}, 60_000);

const CREATE_WEBHOOK = parse(
  'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { id } }',
) as TypedDocumentNode<object, { input: { url: string; events: string[]; channelId: string } }>;

test('the queue of a webhook goes on after the worker that holds it has died without a word', async () => {
  const { channelId } = await bob.opens();
  await using receiver = await new WebhookReceiver().started();
  await bob.does(CREATE_WEBHOOK, { input: { url: receiver.url, events: ['MessageAdded'], channelId } });
  const [dying, living] = proxies['messaging']!;
  const [dyingProcess] = system.subgraphs['messaging']!;
  // While the living process cannot reach PostgreSQL, its worker takes no job.
  living!.freeze();
  const asked = receiver.holdAnswer();
  await using carol = new RemotePerson(system.urls[0]!, bob.token, bob.id);
  await carol.sends(channelId, 'held');
  const release = await inTime('the first delivery', asked, TAKEN_OVER_MS);
  dying!.freeze();
  dyingProcess!.signal('SIGSTOP');
  try {
    living!.thaw();
    const bodies = ['held', 'two', 'three'];
    for (const body of bodies.slice(1)) await insist(bob, channelId, body);
    await eventually(() => expect(receiver.told).toEqual(bodies), 'all deliveries', TAKEN_OVER_MS);
  } finally {
    release();
    dyingProcess!.signal('SIGCONT');
    dying!.thaw();
  }
  await eventually(() => isHealthy('messaging', 0), 'the return of the process');
  await carol.sends(channelId, 'four');
  await eventually(() => expect(receiver.told).toEqual(['held', 'two', 'three', 'four']), 'the delivery of "four"');
}, 150_000);
