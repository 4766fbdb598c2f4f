/** The faults of `npm run alerts:try`: each harms a watched chat until it is repaired, and names the alerts that it must cause. */
import { openClient } from '@chat/kit/database/open-client';
import { NODE_FLAGS, TestProcess } from '@chat/kit/testing/test-process';
import { sql } from '@chat/kit/testing/sql';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { CHAT } from '../../tests/harness/distributed';
import { follow } from '../../tests/harness/follow';
import { enablePlugin, installPlugin, loginAsAdmin } from '../../tests/harness/plugins';
import { ROOT } from '../subgraphs';
import { SEND, type WatchedChat } from './watched-chat';

export interface Fault {
  name: string;
  alerts: readonly string[];
  /** @returns the repair. */
  provoke(chat: WatchedChat): Promise<() => Promise<unknown>>;
}

/** Answered by knowledge, which does not run here. */
const AWAY = '{ searchWiki(query: "nothing") { edges { cursor } } }';
const ASK = 'mutation ($input: AskAssistantInput!) { askAssistant(input: $input) { id } }';
const RESET = 'mutation ($email: String!) { requestPasswordReset(email: $email) }';
const REGISTER = 'mutation ($input: RegisterInput!) { register(input: $input) { user { id } } }';

/** Limits of the second gateway: open files, of which it needs about 35, and the memory that it loses, in bytes. */
const OPEN_FILES = 200;
const CONNECTIONS = 145;
const LOST_BYTES = 900e6;

/** In this order: the later ones stop servers, after which the rates of errors are no longer those of a healthy chat. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'another gateway has an older version and a leak',
    alerts: ['ChatMemoryHigh', 'ChatVersionsMixed'],
    async provoke(chat) {
      const { gateway } = await startOddGateway(chat);
      return async () => {
        await chat.setTarget('odd-gateway', undefined);
        await gateway[Symbol.asyncDispose]();
      };
    },
  },
  {
    name: 'another gateway has nearly as many connections as it may open files',
    alerts: ['ChatFileDescriptors'],
    async provoke(chat) {
      const { gateway, url } = await startOddGateway(chat, '');
      const sockets = new Set<Socket>();
      // The gateway closes connections without a request after a while.
      const stop = chat.keep(1, 500, async () => {
        while (sockets.size < CONNECTIONS) {
          const socket = connect(Number(new URL(url).port), '127.0.0.1').resume(); // to hear of its end
          sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
        }
      });
      return async () => {
        await stop();
        for (const socket of sockets) socket.destroy();
        await chat.setTarget('odd-gateway', undefined);
        await gateway[Symbol.asyncDispose]();
      };
    },
  },
  {
    name: 'another gateway stops for half a second again and again',
    alerts: ['ChatEventLoopBlocked'],
    async provoke(chat) {
      const { gateway } = await startOddGateway(chat, '');
      const stop = chat.keep(1, 300, async () => {
        gateway.signal('SIGSTOP');
        await sleep(400);
        gateway.signal('SIGCONT');
      });
      return async () => {
        await stop();
        await chat.setTarget('odd-gateway', undefined);
        await gateway[Symbol.asyncDispose]();
      };
    },
  },
  {
    name: 'a client of another gateway, which queues ten events, follows a channel a hundred times and reads nothing',
    alerts: ['ChatSlowConsumers'],
    async provoke(chat) {
      const url = await chat.system.addGateway({ SUBSCRIPTION_QUEUE_EVENTS: '10' });
      await chat.setTarget('odd-gateway', url);
      const stop = chat.keep(1, 3_000, () => followWithoutReading(chat, url));
      return async () => {
        await stop();
        await chat.setTarget('odd-gateway', undefined);
        await chat.system.killGateway(url);
      };
    },
  },
  {
    name: 'a plugin loops at every message of another chat',
    alerts: ['ChatPluginFailing'],
    provoke: startLoopingPlugin,
  },
  {
    name: 'jobs of a newer version wait for workers that know them',
    alerts: ['ChatJobsWaiting', 'ChatWebhooksWaiting'],
    async provoke({ postgres: { url } }) {
      for (const queue of ['messaging', 'messaging-webhooks'])
        await sql(url, `select graphile_worker.add_job($1, '{}', run_at => now() - interval '1 hour', job_key => $1)`, [
          `${queue}:unknown`,
        ]);
      return () =>
        sql(url, `select graphile_worker.remove_job(key) from graphile_worker.jobs where key like '%:unknown'`);
    },
  },
  {
    name: 'mails cannot be written',
    alerts: ['ChatJobsFailing'],
    async provoke({ ada, mailDir }) {
      await rm(mailDir, { recursive: true, force: true });
      await writeFile(mailDir, 'not a folder');
      for (let number = 0; number < 12; number++) {
        const email = `person${number}@example.org`;
        const input = { username: `person${number}`, email, password: 'violet tractor gymnast', displayName: 'P' };
        await ada.asks(REGISTER, { input });
        await ada.asks(RESET, { email });
      }
      return () => rm(mailDir);
    },
  },
  {
    name: 'the server of the assistant refuses connections',
    alerts: ['ChatAssistantFailing'],
    async provoke(chat) {
      const stop = chat.keep(1, 500, () =>
        chat.ada.asks(ASK, { input: { channelId: chat.channelId, prompt: 'How are you?' } }),
      );
      return stop;
    },
  },
  {
    name: 'one of 80 operations needs a subgraph that is away',
    alerts: ['ChatErrorBudgetSlow'],
    async provoke(chat) {
      let count = 0;
      return chat.keep(4, 50, () => chat.ada.asks(count++ % 80 ? '{ me { id } }' : AWAY));
    },
  },
  {
    name: 'all operations need a subgraph that is away',
    alerts: ['ChatErrorBudgetFast', 'ChatSubgraphUnreachable'],
    provoke: async (chat) => chat.keep(2, 50, () => chat.ada.asks(AWAY)),
  },
  {
    name: 'the way to PostgreSQL is slow',
    alerts: ['ChatSlowOperations'],
    async provoke(chat) {
      chat.database.delay(150);
      const stop = chat.keep(1, 10, () => chat.ada.asks(SEND, chat.message()));
      return async () => {
        chat.database.delay(0);
        await stop();
      };
    },
  },
  {
    name: 'more requests than connections to PostgreSQL',
    alerts: ['ChatDatabasePoolFull'],
    async provoke(chat) {
      chat.database.delay(10);
      const history =
        'query ($id: ID!, $last: Int!) { channel(id: $id) { messages(last: $last) { edges { node { body } } } } }';
      let count = 0; // equal requests would share one answer
      const stop = chat.keep(24, 0, () => chat.ada.asks(history, { id: chat.channelId, last: 1 + (count++ % 50) }));
      return async () => {
        chat.database.delay(0);
        await stop();
      };
    },
  },
  {
    name: 'Redis is stopped, and events cannot be read from PostgreSQL',
    alerts: ['ChatEventsLate'],
    provoke: hideEvents,
  },
  {
    name: 'Redis is stopped',
    alerts: ['ChatRedisDown'],
    async provoke({ redis }) {
      await redis.stop();
      return () => redis.start();
    },
  },
  {
    name: 'a process is killed',
    alerts: ['ChatProcessDown'],
    async provoke({ system }) {
      const [messaging] = system.subgraphs['messaging']!;
      messaging!.signal('SIGKILL');
      await messaging!.exited;
      return () => system.restart('messaging', 0, () => Promise.resolve());
    },
  },
  {
    name: 'PostgreSQL is stopped',
    alerts: ['ChatDatabaseDown'],
    async provoke({ postgres }) {
      await postgres.stop();
      return () => postgres.start();
    },
  },
];

/** A second gateway, with few open files, and harmed by a script that runs before it. */
async function startOddGateway(chat: WatchedChat, harm = ODD): Promise<{ gateway: TestProcess; url: string }> {
  const preload = join(chat.dir, 'odd-gateway.cjs');
  await writeFile(preload, harm);
  const subgraphs = CHAT.map(async (name) => `${name}=${await chat.urlOf(name)}`);
  const gateway = new TestProcess({
    command: 'sh',
    flags: ['-c', `ulimit -n ${OPEN_FILES} && exec "$@"`, 'sh', process.execPath, ...NODE_FLAGS, '-r', preload],
    args: ['gateway/src/main.ts'],
    env: { PORT: '0', SUBGRAPH_URLS: (await Promise.all(subgraphs)).join(',') },
  });
  const [, url = ''] = await gateway.waitFor(/"url":"([^"]+)","msg":"listening"/);
  await chat.setTarget('odd-gateway', url);
  return { gateway, url };
}

const ODD = `
require(${JSON.stringify(join(ROOT, 'kit/package.json'))}).version = '0.0.9';
globalThis.leak = Buffer.alloc(${LOST_BYTES}, 1);`;

const LONG = 'x'.repeat(16_000);
const FOLLOW = 'subscription ($channelId: ID!) { messageAdded(channelId: $channelId) { id body } }';

/** Subscriptions on one socket that reads nothing, and long messages for longer than the kernel and the gateway keep them. */
async function followWithoutReading({ ada, channelId }: WatchedChat, url: string): Promise<void> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws');
  try {
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${ada.token}` } }));
    await once(socket, 'message');
    for (let id = 0; id < 100; id++)
      socket.send(
        JSON.stringify({ id: `${id}`, type: 'subscribe', payload: { query: FOLLOW, variables: { channelId } } }),
      );
    await sleep(500);
    socket.pause();
    for (let count = 0; count < 40; count++) await ada.asks(SEND, { input: { channelId, body: LONG } });
  } finally {
    socket.terminate();
  }
}

/** In an installation of its own, as the watched chat runs without plugins. */
async function startLoopingPlugin(chat: WatchedChat) {
  const password = 'violet tractor gymnast';
  const process = new TestProcess({
    args: ['standalone/src/main.ts'],
    env: {
      DATA_DIR: join(chat.dir, 'plugin-chat'),
      PORT: '0',
      ADMIN_PASSWORD: password,
      EMBEDDINGS_ENABLED: 'false',
      PLUGIN_ALLOW_UNSIGNED: 'true',
    },
  });
  const [, url] = await process.waitFor(/(http:\/\/[^\s"]+\/graphql)/);
  const ask = await loginAsAdmin(url!, password);
  const manifest = { name: 'loop', version: '1.0.0', hooks: ['messageAdded'], permissions: ['events:receive'] };
  const { id, permissions } = await installPlugin(
    ask,
    manifest,
    'export default { events: { messageAdded() { for (;;); } } };',
  );
  await enablePlugin(ask, id, permissions);
  const create = 'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id } }';
  const { createChannel } = await ask(create, { input: { name: 'loops', type: 'PUBLIC' } });
  const { id: channelId } = createChannel as { id: string };
  await chat.setTarget('plugin-chat', url);
  const stop = chat.keep(1, 1_000, () => ask(SEND, { input: { channelId, body: 'loop' } }));
  return async () => {
    await stop();
    await chat.setTarget('plugin-chat', undefined);
    await process[Symbol.asyncDispose]();
  };
}

/**
 * A message is committed, and all reads of events wait for a lock: the transaction ends late, and the lock already waits for its end. Without
 * Redis, which brings events as well, subscribers depend on these reads.
 */
async function hideEvents({ ada, channelId, postgres, redis, url }: WatchedChat) {
  const following = await follow(url, ada.token!, channelId, () => ada.sends(channelId, 'are you there?'));
  await sql(
    postgres.url,
    `create or replace function public.late() returns trigger language plpgsql as
    $$ begin perform pg_sleep(1); return null; end $$`,
  );
  await sql(
    postgres.url,
    `create constraint trigger late after insert on messaging.event deferrable initially deferred
    for each row execute function public.late()`,
  );
  await redis.stop();
  const lock = await openClient(postgres.url);
  const sent = ada.asks(SEND, { input: { channelId, body: 'nobody reads this yet' } });
  await sleep(500); // within the second of the trigger
  await lock.query('begin');
  await lock.query('lock table messaging.event in access exclusive mode');
  await sent.catch(() => undefined);
  return async () => {
    await lock.query('drop trigger late on messaging.event');
    await lock.query('commit');
    const ended = once(lock, 'end');
    await lock.end();
    await ended;
    following.close();
    await redis.start();
  };
}
