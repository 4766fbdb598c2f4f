/** A lively chat stays within the limits at their defaults, reconnects included; hostile use does not. */
import { ChatClient, memoryStorage, Refresher } from '@chat/client';
import { createClient, type Client } from 'graphql-ws';
import WebSocket from 'ws';
import { eventually } from '@chat/kit/testing/eventually';
import { createApolloChat } from '../../clients/examples/src/apollo.ts';
import { createUrqlChat } from '../../clients/examples/src/urql.ts';
import { metricsIn, metricsOn } from '../../scripts/monitoring/metric-names';
import { expressions } from '../../scripts/monitoring/monitoring-files';
import { inOneProcess } from '../harness/in-one-process';
import { PASSWORD, System } from './harness/system';

interface Answer {
  data?: Record<string, { id: string }>;
  errors?: { extensions: { code: string; budget?: string; retryAfterMs?: number } }[];
}

const system = new System();
beforeAll(() => system.start({ RATE_LIMIT_PER_MINUTE: '' }));
afterAll(() => system[Symbol.asyncDispose]());

const REGISTER = 'mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }';

class Chatter {
  answers: Answer[] = [];
  private constructor(private readonly token: string) {}

  static async registers(username: string): Promise<Chatter> {
    const input = { username, email: `${username}@example.org`, password: PASSWORD, displayName: username };
    const { data } = (await post(REGISTER, { input })) as unknown as { data: { register: { accessToken: string } } };
    return new Chatter(data.register.accessToken);
  }

  async does(query: string, variables: object = {}): Promise<Answer> {
    const answer = await post(query, variables, { authorization: `Bearer ${this.token}` });
    this.answers.push(answer);
    return answer;
  }

  connects(): Client {
    const connectionParams = { authorization: `Bearer ${this.token}` };
    return createClient({
      url: system.url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams,
      retryAttempts: 0,
    });
  }

  get refusals() {
    return this.answers.flatMap(({ errors = [] }) => errors.map(({ extensions }) => extensions));
  }
}

async function post(query: string, variables: object, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(system.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer;
}

const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';
const TYPING = 'mutation ($channelId: ID!) { setTyping(channelId: $channelId) }';
const READ =
  'mutation ($channelId: ID!, $messageId: ID!) { markRead(channelId: $channelId, messageId: $messageId) { unreadCount mentionCount } }';
const DRAFT = 'mutation ($channelId: ID!, $body: String!) { saveDraft(channelId: $channelId, body: $body) { body } }';
const LIST = '{ channels(first: 20) { edges { node { id name viewerMembership { unreadCount } } } } }';

test('sixty messages with typing, drafts, read markers, list refreshes and reconnects draw no refusal', async () => {
  const [ada, bob] = await Promise.all([Chatter.registers('ada'), Chatter.registers('bob')]);
  const created = await ada.does('mutation { createChannel(input: { name: "talk", type: PUBLIC }) { id } }');
  const channelId = created.data!.createChannel!.id;
  await bob.does('mutation ($id: ID!) { joinChannel(channelId: $id) { id } }', { id: channelId });

  for (let round = 0; round < 30; round++) {
    for (const [speaker, listener] of [
      [ada, bob],
      [bob, ada],
    ] as const) {
      await speaker.does(TYPING, { channelId });
      await speaker.does(DRAFT, { channelId, body: `draft ${round}` });
      const { data } = await speaker.does(SEND, { input: { channelId, body: `message ${round}` } });
      const messageId = data?.sendMessage?.id;
      await Promise.all([ada, bob].map((person) => person.does(READ, { channelId, messageId })));
      await listener.does(LIST);
    }
  }
  expect([...ada.refusals, ...bob.refusals]).toEqual([]);

  // Every reconnect takes up the same subscriptions.
  const subscriptions = ['messageAdded(channelId: $id) { id }', 'channelEvents(channelId: $id) { cursor }'];
  /** The distinct lines of all processes. */
  const openSubscriptions = async () => [
    ...new Set((await system.metrics()).flatMap((page) => page.match(/^gateway_subscriptions \d+$/m) ?? [])),
  ];
  const ended: unknown[] = [];
  for (let time = 0; time < 30; time++) {
    const client = ada.connects();
    let begun = 0;
    const fields = [...subscriptions, 'channelActivity(channelId: $id) { __typename }'];
    for (const field of fields) {
      const sink = { next: () => begun++, error: (error: unknown) => ended.push(error), complete: () => undefined };
      client.subscribe({ query: `subscription ($id: ID!) { ${field} }`, variables: { id: channelId } }, sink);
    }
    await eventually(async () => {
      await bob.does(TYPING, { channelId });
      return begun > 0 || ended.length > 0;
    });
    await client.dispose();
    await eventually(
      async () => expect(await openSubscriptions()).toEqual(['gateway_subscriptions 0']),
      'no subscription',
    );
  }
  expect(ended).toEqual([]);
});

test('hostile use is refused, with the budget that is spent', async () => {
  const eve = await Chatter.registers('eve');
  for (let time = 0; time < 101; time++) await eve.does(LIST);
  expect(eve.refusals).toEqual([
    expect.objectContaining({ code: 'RATE_LIMITED', budget: 'operations', retryAfterMs: expect.any(Number) as number }),
  ]);
  const disguised = `mutation ($channelId: ID!) { setTyping(channelId: $channelId) createChannel(input: { name: "x", type: PUBLIC }) { id } }`;
  const channelId = '00000000-0000-7000-8000-000000000000';
  expect((await eve.does(disguised, { channelId })).errors![0]!.extensions).toMatchObject({ budget: 'operations' });
  const before = eve.refusals.length;
  for (let time = 0; time < 600; time++) await eve.does(TYPING, { channelId });
  expect(eve.refusals.slice(before).filter(({ code }) => code === 'RATE_LIMITED')).toEqual([]);
  expect((await eve.does(TYPING, { channelId })).errors![0]!.extensions).toMatchObject({
    code: 'RATE_LIMITED',
    budget: 'housekeeping',
  });
});

inOneProcess('the page of metrics has those of all subgraphs in this process', async () => {
  const [metrics = ''] = await system.metrics();
  for (const subgraph of ['identity', 'messaging'])
    expect(metrics).toContain(`subgraph_jobs{state="failed",subgraph="${subgraph}"} 0`);
  expect(metrics.match(/^# TYPE subgraph_jobs gauge$/gm)).toHaveLength(1);
  expect(metrics).toMatch(/^build_info\{component="gateway",/m);
  expect(metrics).toMatch(/^messages_sent_total\{subgraph="messaging"\} 6\d$/m);
  expect(metrics).toMatch(/^active_accounts\{within="hour",subgraph="identity"\} [1-9]$/m);
  expect(await (await fetch(new URL('/health/ready', system.url))).json()).toEqual({ status: 'ok' });
});

test('every metric of an alert or a panel exists', async () => {
  const exported = metricsOn((await system.metrics()).join('\n'));
  const missing = expressions().flatMap(({ of, expr }) =>
    metricsIn(expr)
      .filter((name) => name !== 'up' && !exported.has(name)) // Prometheus itself makes `up`
      .map((name) => `${of}: ${name}`),
  );
  expect(missing).toEqual([]);
});

/** More than an account's 100 operations a minute. Two accounts send them. */
const MESSAGES = 120;

const CREATE = 'mutation { createChannel(input: { name: "busy", type: PUBLIC }) { id } }';
const JOIN = 'mutation ($id: ID!) { joinChannel(channelId: $id) { id } }';
const SAY = 'mutation ($id: ID!, $body: String!) { sendMessage(input: { channelId: $id, body: $body }) { id } }';

async function registered(username: string, fetch?: typeof globalThis.fetch): Promise<ChatClient> {
  const { url } = system;
  const client = new ChatClient({ url, webSocketImpl: WebSocket, storage: memoryStorage(), fetch });
  await client.session.register({ username, email: `${username}@example.org`, password: PASSWORD });
  return client;
}

test(`the client examples show the number of ${MESSAGES} messages in a minute, and draw no refusal`, async () => {
  const warnings = jest.spyOn(console, 'warn').mockReturnValue(undefined); // urql's cache guesses types of fragments
  const speakers = [await registered('iris'), await registered('jack')];
  const id = (await speakers[0]!.execute<{ createChannel: { id: string } }>(CREATE)).createChannel.id;
  await speakers[1]!.execute(JOIN, { id });

  const answered: number[] = [];
  const refused: string[] = [];
  const counted: typeof fetch = async (...given) => {
    const response = await fetch(...given);
    answered.push(response.status);
    return response;
  };
  const [first, second] = [await registered('cleo', counted), await registered('dan', counted)];
  const listeners = [
    { client: first, chat: createApolloChat(first) },
    { client: second, chat: createUrqlChat(second) },
  ];
  for (const { client, chat } of listeners) {
    await chat.followChannels();
    await client.execute(JOIN, { id });
    await chat.follow(id);
    // An application's own list, for which it asks with every message.
    const list = new Refresher(() => client.execute(LIST));
    const request = () => list.request();
    client.subscribe(
      'subscription ($id: ID!) { messageAdded(channelId: $id) { id } }',
      { id },
      { next: request, gap: request, error: ({ code }) => void refused.push(code) },
    );
  }
  await Promise.all(
    speakers.map(async (speaker) => {
      for (let time = 0; time < MESSAGES / 2; time++) await speaker.execute(SAY, { id, body: `message ${time}` });
    }),
  );
  for (const { chat } of listeners)
    await eventually(() => {
      expect(chat.channels().map((channel) => [channel.id, channel.viewerMembership?.unreadCount])).toEqual([
        [id, MESSAGES],
      ]);
      expect(chat.timeline(id)).toHaveLength(MESSAGES);
    }, 'the number of messages');
  expect([answered.filter((status) => status !== 200), refused]).toEqual([[], []]);
  for (const client of [...speakers, first, second]) client.dispose();
  for (const { chat } of listeners) chat.dispose();
  warnings.mockRestore();
});
