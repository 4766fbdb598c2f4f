/**
 * The examples in deploy/ with real nginx, Caddy and HAProxy from Debian's packages, in front of two gateways: every transport over TLS, and a
 * restart of both gateways, one after the other, under load.
 */
import { eventually } from '@chat/kit/testing/eventually';
import { createTestDatabase } from '@chat/kit/testing/test-database';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { randomUUID } from 'node:crypto';
import { setTimeout as backOff } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { type Agent, fetch } from 'undici';
import WebSocket from 'ws';
import { CHAT, type Distributed, startDistributed } from '../../harness/distributed';
import { agentFor, HOST, PROXIES, type Proxy, startProxy } from '../../harness/proxies';
import { RemotePerson } from '../../harness/remote-person';

let system: Distributed;
let gateways: [string, string];
let ada: RemotePerson;
let channelId: string;
const started = new AsyncDisposableStack();

beforeAll(async () => {
  const database = started.use(await createTestDatabase('empty', () => Promise.resolve()));
  system = started.use(
    await startDistributed({
      databaseUrl: database.url,
      redisUrl: testRedisUrl(),
      redisPrefix: testRedisPrefix(),
      copies: 1,
      only: CHAT,
      env: { TRUSTED_PROXIES: '1', LIVE_DRAIN_MS: '2000', LOG_LEVEL: 'info' },
    }),
  );
  gateways = [system.urls[0]!, await system.addGateway()];
  ada = started.use(await RemotePerson.registers(gateways[0], 'ada'));
  const bob = started.use(await RemotePerson.registers(gateways[1], 'bob'));
  ({ channelId } = await ada.opens(bob));
}, 180_000);
afterAll(() => started.disposeAsync(), 300_000);

type Answer = { data?: Record<string, any>; errors?: object[] };

class Client {
  private readonly agent: Agent;
  constructor(readonly port: number) {
    this.agent = agentFor(port);
  }

  get url(): string {
    return `https://${HOST}:${this.port}/graphql`;
  }

  request(query: string, variables: object, accept = 'application/json') {
    return fetch(this.url, {
      method: 'POST',
      dispatcher: this.agent,
      headers: { accept, 'content-type': 'application/json', authorization: `Bearer ${ada.token}` },
      body: JSON.stringify({ query, variables }),
    });
  }

  get(path: string) {
    return fetch(new URL(path, this.url), { dispatcher: this.agent });
  }

  /** Reads a stream until it matches. */
  async hears(accept: string, expected: RegExp): Promise<string> {
    const response = await this.request(SUBSCRIBE, { channelId }, accept);
    expect(response.status).toBe(200);
    const reader = response.body!.pipeThrough(new TextDecoderStream() as never).getReader();
    let text = '';
    while (!expected.test(text)) {
      const { value, done } = (await reader.read()) as { value?: string; done: boolean };
      if (done) throw new Error(`The stream ended after:\n${text}`);
      text += value;
      if (!text.includes('"body"')) await ada.sends(channelId, 'through the proxy');
    }
    await reader.cancel();
    return text;
  }

  socket() {
    class Trusting extends WebSocket {
      constructor(address: string | URL, protocols?: string | string[]) {
        const tls = {
          rejectUnauthorized: false,
          servername: HOST,
          headers: { host: new URL(address).host.replace('127.0.0.1', HOST) },
        };
        super(address, protocols, tls);
      }
    }
    return createClient({
      url: `wss://127.0.0.1:${this.port}/graphql`,
      webSocketImpl: Trusting,
      connectionParams: { authorization: `Bearer ${ada.token}` },
      retryAttempts: 0, // the test resumes with its cursor
    });
  }

  [Symbol.asyncDispose]() {
    return this.agent.destroy();
  }
}

/** Whether a gateway has executed operations since its start. */
async function servesOperations(gateway: string): Promise<boolean> {
  const metrics = await (await fetch(new URL('/metrics', gateway))).text();
  return /^gateway_operation_seconds_count\S* [1-9]/m.test(metrics);
}

const SUBSCRIBE = 'subscription ($channelId: ID!) { messageAdded(channelId: $channelId) { body } }';
const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';

/** `npm run test:proxies` restarts the gateways behind HAProxy as well, which takes a quarter of a minute more. */
const isLong = process.env['ALL_PROXIES'] === 'true';

describe.each(PROXIES)('%s', (name) => {
  let proxy: Proxy;
  let client: Client;
  beforeAll(async () => {
    proxy = await startProxy(name, gateways);
    client = new Client(proxy.port);
  }, 180_000);
  afterAll(async () => {
    await client?.[Symbol.asyncDispose]();
    await proxy?.[Symbol.asyncDispose]();
  });

  test('passes queries, events and multipart responses on at once, and keeps internal pages', async () => {
    const answer = (await (await client.request('{ me { username } }', {})).json()) as Answer;
    expect(answer).toEqual({ data: { me: { username: 'ada' } } });
    expect(await client.hears('text/event-stream', /event: next\ndata: .*through the proxy/)).toMatch(/^:/);
    await client.hears('multipart/mixed;boundary=graphql;subscriptionSpec=1.0', /"body":"through the proxy"/);
    expect((await client.get('/health/ready')).status).toBe(200);
    expect((await client.get('/metrics')).status).toBe(404);
    expect((await client.get('/health/detailed')).status).toBe(404);
  });

  const restarts = name === 'HAProxy' && !isLong ? test.skip : test;

  restarts(
    'a restart of both gateways, one after the other, fails no request and loses no event',
    async () => {
      const socket = client.socket();
      const heard: string[] = [];
      const socketFaults: unknown[] = [];
      let cursor: string | null = null;
      let isEnding = false;
      let isDone = false;
      const follow = async () => {
        while (!isDone) {
          const events = socket.iterate<{ messageAdded: { body: string; cursor: string } }>({
            query:
              'subscription ($channelId: ID!, $after: String) { messageAdded(channelId: $channelId, after: $after) { body cursor } }',
            variables: { channelId, after: cursor },
          });
          try {
            for await (const { data, errors } of events) {
              if (errors) socketFaults.push(errors);
              if (!data) continue;
              cursor = data.messageAdded.cursor;
              heard.push(data.messageAdded.body);
            }
          } catch (error) {
            // A list has GraphQL errors. Anything else is the end of the socket, or a refused one during the restart.
            if (!isDone && Array.isArray(error)) socketFaults.push(error);
            await backOff(100);
          }
        }
      };
      const following = follow();
      await using _socket = {
        async [Symbol.asyncDispose]() {
          isDone = true;
          await socket.dispose();
          await following;
        },
      };
      await eventually(async () => {
        await ada.sends(channelId, 'start');
        return heard.includes('start');
      }, 'a message through the socket');

      const faults: string[] = [];
      const sent: string[] = [];
      let requests = 0;
      const load = async (worker: number) => {
        while (!isEnding) {
          const body = `${worker} ${requests++}`;
          const input = { channelId, body, clientMutationId: randomUUID() };
          const isWrite = requests % 4 === 0;
          try {
            const response = isWrite
              ? await client.request(SEND, { input })
              : await client.request('{ me { id username } }', {});
            const text = await response.text();
            if (response.status !== 200 || text.includes('"errors"')) faults.push(`${response.status} ${text}`);
            else if (isWrite) sent.push(body);
          } catch (error) {
            faults.push(String((error as Error).cause ?? error));
          }
        }
      };
      const loads = [1, 2, 3, 4].map(load);
      for (const gateway of gateways) {
        const before = requests;
        await system.restartGateway(gateway);
        await eventually(() => requests > before + 50, 'requests after a restart');
        await eventually(() => servesOperations(gateway), 'requests that the restarted gateway serves');
      }
      isEnding = true;
      await Promise.all(loads);
      expect({ faults, requests: requests > 200, sent: sent.length > 50 }).toEqual({
        faults: [],
        requests: true,
        sent: true,
      });
      await eventually(() => sent.every((body) => heard.includes(body)), 'all messages through the socket');
      expect(socketFaults).toEqual([]);
      expect(heard.filter((body) => body !== 'start').sort()).toEqual(sent.sort());
    },
    300_000,
  );
});
