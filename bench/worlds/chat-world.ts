/** The world of the real messaging and identity processes over PostgreSQL and Redis, with an author in public channels. */
import { openClient } from '@chat/kit/database/open-client';
import { join } from 'node:path';
import { startTestServices } from '@chat/kit/testing/services';
import { cpuSecondsOf, REPOSITORY } from '@chat/kit/testing/test-process';
import type { Client } from 'pg';
import { request as send } from 'undici';
import { sharedNow } from '../fixtures/world';
import { BenchProcess } from '../harness/bench-process';
import { cpuSecondsOfFamily } from '../harness/cpu-time';
import { startOurs } from '../harness/gateways';
import type { World } from './world';

const SECRET_KEY = 'only for measurements: 32 characters';
const LISTENING = /"url":"([^"]+)","msg":"listening"/;

/** @param checkout the folder of another commit, with its dependencies installed */
export async function startChatWorld(channelCount: number, checkout?: string): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const { postgres, redis } = stack.use(await startTestServices());
  const database = stack.use(await openClient(postgres.url));
  const env = {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    SECRET_KEY,
    PORT: '0',
    LOG_LEVEL: 'info',
    RATE_LIMIT_PER_MINUTE: '0',
  };
  const at = checkout ? { cwd: checkout } : {};
  const start = (name: string) =>
    stack.use(new BenchProcess({ args: [`subgraphs/${name}/src/main.ts`], side: 'load', env, ...at }));
  const subgraphs = { identity: start('identity'), messaging: start('messaging') };
  const addresses = await Promise.all(
    Object.entries(subgraphs).map(async ([name, started]) => {
      const [, url] = await started.waitFor(LISTENING);
      await started.waitFor(/"msg":"ready"/);
      return `${name}=${url}`;
    }),
  );
  const startGateway = () =>
    startOurs(
      { supergraphPath: join(checkout ?? REPOSITORY, 'schema/supergraph.graphql') },
      { ...(checkout && { checkout }), env: { SECRET_KEY, REDIS_URL: redis.url, SUBGRAPH_URLS: addresses.join(',') } },
    );
  const front = await startGateway();
  stack.use(front.process);
  const writer = await Writer.register(front.url, channelCount);

  const cpu = () => ({
    messaging: subgraphs.messaging.cpuSeconds(),
    identity: subgraphs.identity.cpuSeconds(),
    PostgreSQL: cpuSecondsOfFamily(postgres.pid!),
    Redis: cpuSecondsOf(redis.pid!),
  });
  let cpuBefore = cpu();
  let transactionsBefore = await transactionsOf(database);
  const running = stack.move();
  return {
    query: `subscription Live($channelId: ID!, $after: String) {
      messageAdded(channelId: $channelId, after: $after) { id cursor body author { id displayName } }
    }`,
    marks: { seq: 'number=', sentAt: 'sent=', cursor: '"cursor":"' },
    channels: writer.channels,
    secretKey: SECRET_KEY,
    startGateway,
    sendToAll: () => writer.sendToAll(),
    startPace: async (messagesPerSecond) => writer.startPace(messagesPerSecond),
    stopPace: () => writer.stopPace(),
    heads: async () => Object.fromEntries(writer.heads),
    async load() {
      const [before, countBefore] = [cpuBefore, transactionsBefore];
      cpuBefore = cpu();
      transactionsBefore = await transactionsOf(database);
      const seconds = Object.entries(cpuBefore).map(([name, used]) => [
        `processor seconds of ${name}`,
        used - before[name as keyof typeof before],
      ]);
      return {
        ...(Object.fromEntries(seconds) as Record<string, number>),
        'transactions in PostgreSQL': transactionsBefore - countBefore,
      };
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** An account with channels of its own that numbers its messages in each channel. */
class Writer {
  readonly heads = new Map<string, number>();
  /** The send in flight in each channel, so that numbers are sent in order. */
  private readonly sending = new Map<string, Promise<unknown>>();
  private pace?: NodeJS.Timeout;

  private constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  static async register(url: string, channelCount: number): Promise<Writer> {
    const input = { username: 'writer', email: 'writer@example.org', password: 'violet tractor gymnast' };
    const query = 'mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }';
    const { register } = await request<{ register: { accessToken: string } }>(url, { query, variables: { input } });
    const writer = new Writer(url, register.accessToken);
    for (let index = 0; index < channelCount; index++) await writer.openChannel(`channel ${index}`);
    return writer;
  }

  get channels(): string[] {
    return [...this.heads.keys()];
  }

  async sendToAll(): Promise<void> {
    await Promise.all(this.channels.map((channelId) => this.send(channelId)));
  }

  startPace(messagesPerSecond: number): void {
    const { channels } = this;
    const startedAt = performance.now();
    let sent = 0;
    this.pace = setInterval(() => {
      const due = Math.floor(((performance.now() - startedAt) / 1000) * messagesPerSecond);
      while (sent < due) void this.send(channels[sent++ % channels.length]!);
    }, 5);
  }

  async stopPace(): Promise<void> {
    clearInterval(this.pace);
    await Promise.all(this.sending.values());
  }

  private send(channelId: string): Promise<unknown> {
    const number = this.heads.get(channelId)! + 1;
    this.heads.set(channelId, number);
    const query = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';
    const sent = (this.sending.get(channelId) ?? Promise.resolve()).then(() => {
      const body = `number=${number} sent=${sharedNow()} of a message as people write them, a line or two.`;
      return request(this.url, { query, variables: { input: { channelId, body } } }, this.token);
    });
    this.sending.set(channelId, sent);
    return sent;
  }

  private async openChannel(name: string): Promise<void> {
    const query = 'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id } }';
    const opened = await request<{ createChannel: { id: string } }>(
      this.url,
      { query, variables: { input: { name } } },
      this.token,
    );
    this.heads.set(opened.createChannel.id, 0);
  }
}

/** @throws with the errors of the answer, if any */
async function request<Data>(url: string, body: object, token?: string): Promise<Data> {
  const { body: answer } = await send(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  const { data, errors } = (await answer.json()) as { data?: Data; errors?: unknown };
  if (errors || !data) throw new Error(JSON.stringify(errors));
  return data;
}

async function transactionsOf(database: Client): Promise<number> {
  await database.query('select pg_stat_clear_snapshot()');
  const { rows } = await database.query<{ count: string }>(
    'select sum(xact_commit + xact_rollback) as count from pg_stat_database',
  );
  return Number(rows[0]!.count);
}
