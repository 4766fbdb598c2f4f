/** `@chat/client` against the real gateway: sessions, renewals, resumed subscriptions, the queue, and faults of the network. */
import { ChatClient, type ChatError, type ClientStorage, memoryStorage, Outbox } from '@chat/client';
import { eventually, inTime } from '@chat/kit/testing/eventually';
import WebSocket from 'ws';
import { inOneProcess } from '../../harness/in-one-process';
import { PASSWORD } from '../../harness/remote-person';
import { type RestartableChat, startRestartableChat } from '../../harness/restartable-chat';

const CREATE = 'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id cursor } }';
const JOIN = 'mutation ($channelId: ID!) { joinChannel(channelId: $channelId) { id } }';
const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id body } }';
const EVENTS = `subscription ($channelId: ID!, $after: String) {
  channelEvents(channelId: $channelId, after: $after) {
    __typename cursor
    ... on MessageAdded { message { body } }
    ... on HistoryGap { reason }
  }
}`;

interface SendInput {
  channelId: string;
  body: string;
}
interface Sent {
  sendMessage: { id: string; body: string };
}
interface Events {
  channelEvents: { __typename: string; cursor: string; message?: { body: string } };
}

/** Long enough for a request, short enough that tests see several renewals. */
const LIFETIME_SECONDS = 6;

let chat: RestartableChat;
beforeAll(async () => {
  chat = await startRestartableChat({
    ACCESS_TOKEN_LIFETIME_SECONDS: String(LIFETIME_SECONDS),
    RATE_LIMIT_PER_MINUTE: '0',
  });
}, 300_000);
afterAll(() => chat[Symbol.asyncDispose]());

const clients: ChatClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.dispose();
});

function newClient(storage?: ClientStorage, fetch?: typeof globalThis.fetch): ChatClient {
  const client = new ChatClient({ url: chat.url, webSocketImpl: WebSocket, timeoutMs: 10_000, storage, fetch });
  clients.push(client);
  return client;
}

let accounts = 0;
async function registered(storage?: ClientStorage, fetch?: typeof globalThis.fetch) {
  const client = newClient(storage, fetch);
  const username = `client${++accounts}`;
  await client.session.register({ username, email: `${username}@example.org`, password: PASSWORD });
  return { client, username };
}

async function openChannel(client: ChatClient): Promise<{ id: string; cursor: string }> {
  const input = { name: 'client tests', type: 'PUBLIC' };
  return (await client.execute<{ createChannel: { id: string; cursor: string } }>(CREATE, { input })).createChannel;
}

const say = (client: ChatClient, channelId: string, body: string) =>
  client.execute<Sent>(SEND, { input: { channelId, body } });

/** Follows a channel and collects bodies, gaps and the error. */
function follow(client: ChatClient, channelId: string, after?: string) {
  const heard: string[] = [];
  const gaps: string[] = [];
  const errors: ChatError[] = [];
  const end = client.subscribe<Events>(
    EVENTS,
    { channelId, after },
    {
      next: ({ data: { channelEvents: event } }) => void (event.message && heard.push(event.message.body)),
      gap: (reason) => void gaps.push(reason),
      error: (error) => void errors.push(error),
    },
  );
  return { heard, gaps, errors, end };
}

/** A `fetch` that counts the operations whose text matches. */
function counting(pattern: RegExp) {
  const counter = { count: 0, fetch: globalThis.fetch };
  counter.fetch = (url, init) => {
    if (pattern.test(String(init?.body))) counter.count++;
    return globalThis.fetch(url, init);
  };
  return counter;
}

const isConnected = (client: ChatClient) => eventually(() => client.connection === 'connected', 'an open socket');
const numbers = (count: number, from = 1) => Array.from({ length: count }, (_, index) => String(from + index));

describe('the session', () => {
  test('a log-in that is refused throws its code, and begins nothing', async () => {
    const client = newClient();
    const refusal = client.session.logIn({ identifier: 'nobody', password: PASSWORD });
    await expect(refusal).rejects.toMatchObject({ name: 'ChatError', code: 'UNAUTHENTICATED', isTransient: false });
    expect(client.session.userId).toBeUndefined();
  });

  test('wrong fields are named', async () => {
    const refusal = newClient().session.register({ username: '!', email: 'x', password: PASSWORD });
    const error = await refusal.then(
      () => undefined,
      (thrown: ChatError) => thrown,
    );
    expect(error?.code).toBe('BAD_USER_INPUT');
    expect(Object.keys(error!.fields)).not.toEqual([]);
  });

  test('a renewal whose response is lost is repeated as the same exchange, also after a reload', async () => {
    const ids: string[] = [];
    let losses = 2;
    const losing: typeof fetch = async (url, init) => {
      const { query, variables } = JSON.parse(String(init?.body)) as { query: string; variables: { id: string } };
      const response = await globalThis.fetch(url, init);
      if (!query.includes('RefreshSession')) return response;
      ids.push(variables.id);
      if (losses-- > 0) throw new TypeError('fetch failed');
      return response;
    };
    const storage = memoryStorage();
    const { client } = await registered(storage, losing);
    const { userId } = client.session;
    await eventually(() => ids.length === 1, 'a lost renewal', 20_000);
    client.dispose();
    const reloaded = newClient(storage, losing);
    await eventually(() => ids.length >= 3, 'two repetitions', 20_000);
    expect(new Set(ids.slice(0, 3)).size).toBe(1);
    expect(await reloaded.session.accessToken()).toBeDefined();
    expect(reloaded.session.userId).toBe(userId);
  });

  test('an access token is renewed before it expires, and operations never see an expired one', async () => {
    const refused = counting(/./);
    const { client } = await registered(undefined, refused.fetch);
    const tokens = new Set<string>();
    client.session.onChange((change) => void (change.type === 'renewed' && tokens.add(change.accessToken)));
    await eventually(() => tokens.size >= 2, 'two renewals');
    expect(await client.execute('{ me { id } }')).toEqual({ me: { id: client.session.userId } });
  });

  test('many calls at once renew an expired token once', async () => {
    const refreshes = counting(/refreshSession/);
    const storage = memoryStorage();
    const { client } = await registered(storage, refreshes.fetch);
    const key = storage.keys()[0]!;
    const stored = JSON.parse(storage.getItem(key)!) as Record<string, unknown>;
    client.session.dispose(); // no renewal by the timer
    storage.setItem(key, JSON.stringify({ ...stored, refreshAt: 0, expiresAt: 0 }));
    const tokens = await Promise.all(Array.from({ length: 10 }, () => client.session.accessToken()));
    expect(new Set(tokens).size).toBe(1);
    expect(tokens[0]).not.toBe(stored.accessToken);
    expect(refreshes.count).toBe(1);
  });

  test('a token that the server refuses is replaced, and the operation repeated', async () => {
    const storage = memoryStorage();
    const { client } = await registered(storage);
    const key = storage.keys()[0]!;
    const stored = JSON.parse(storage.getItem(key)!) as Record<string, unknown>;
    storage.setItem(key, JSON.stringify({ ...stored, accessToken: 'forged', refreshAt: Date.now() + 60_000 }));
    expect(await client.execute('{ me { id } }')).toEqual({ me: { id: client.session.userId } });
  });

  test('an outage does not end the session; a revocation does', async () => {
    const { client } = await registered();
    const changes: string[] = [];
    client.session.onChange(({ type }) => void changes.push(type));
    await chat.proxy.refuse();
    try {
      await expect(client.execute('{ me { id } }')).rejects.toMatchObject({ code: 'NETWORK_ERROR', isTransient: true });
      await eventually(() => client.session.needsRefresh, 'an expiry');
      expect(client.session.userId).toBeDefined();
    } finally {
      await chat.proxy.accept();
    }
    await eventually(() => changes.includes('renewed'), 'a renewal after the outage');
    await client.execute('mutation { logout(everywhere: true) }');
    await eventually(() => changes.includes('ended'), 'the end');
    expect(client.session.userId).toBeUndefined();
  });

  test('a log-out ends the session on the server, also with an expired access token', async () => {
    const storage = memoryStorage();
    const { client } = await registered(storage);
    const key = storage.keys()[0]!;
    const stored = JSON.parse(storage.getItem(key)!) as { refreshToken: string };
    client.session.dispose();
    storage.setItem(key, JSON.stringify({ ...stored, accessToken: 'expired' }));
    await client.session.logOut();
    expect(storage.getItem(key)).toBe('{"ended":"logged-out"}');
    const document = 'mutation ($token: String!) { refreshSession(refreshToken: $token) { accessToken } }';
    await expect(newClient().execute(document, { token: stored.refreshToken })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  test('a log-out everywhere ends other devices, with their subscriptions', async () => {
    const { client, username } = await registered();
    const channel = await openChannel(client);
    const other = newClient();
    await other.session.logIn({ identifier: username, password: PASSWORD });
    const following = follow(other, channel.id, channel.cursor);
    await say(client, channel.id, 'before');
    await eventually(() => following.heard.length === 1, 'a message');
    await client.session.logOut({ everywhere: true });
    await eventually(() => following.errors.length === 1, 'the end of the subscription');
    expect(following.errors[0]).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(other.session.userId).toBeUndefined();
  });
});

describe('subscriptions', () => {
  test('messages arrive once and in order through renewals, cuts and restarts', async () => {
    const { client } = await registered();
    const { client: listener } = await registered();
    const channel = await openChannel(client);
    const following = follow(listener, channel.id, channel.cursor);
    const socket = await eventually(
      () => chat.proxy.links.length > 0 && listener.connection === 'connected',
      'a socket',
    );
    expect(socket).toBe(true);
    await say(client, channel.id, '1');
    chat.proxy.cut();
    await outbound(client, channel.id, '2');
    await chat.restartGateway(() => eventually(() => listener.connection === 'waiting', 'a lost socket'));
    await outbound(client, channel.id, '3');
    await isConnected(listener);
    await chat.proxy.refuse();
    await chat.proxy.accept();
    for (const body of ['4', '5']) await outbound(client, channel.id, body);
    await eventually(() => following.heard.length >= 5, 'all messages');
    expect(following).toMatchObject({ heard: numbers(5), gaps: [], errors: [] });
  });

  test('a socket outlives its first token', async () => {
    const { client } = await registered();
    const channel = await openChannel(client);
    const following = follow(client, channel.id, channel.cursor);
    const states: string[] = [];
    client.onConnection((state) => void states.push(state));
    let renewals = 0;
    client.session.onChange(({ type }) => void (type === 'renewed' && renewals++));
    await eventually(() => renewals >= 2, 'two renewals, longer than a lifetime');
    await say(client, channel.id, 'still here');
    await eventually(() => following.heard.length === 1, 'the message');
    expect(states.filter((state) => state === 'waiting')).toEqual([]);
  });

  test('a dead socket is noticed and replaced', async () => {
    const { client } = await registered();
    const channel = await openChannel(client);
    const following = follow(client, channel.id, channel.cursor);
    await say(client, channel.id, '1');
    await eventually(() => following.heard.length === 1, 'a message');
    const dead = [...chat.proxy.links];
    for (const link of dead) link.freeze();
    client.wake();
    await eventually(
      () => client.connection === 'connected' && chat.proxy.links.some((link) => !dead.includes(link)),
      'another socket',
    );
    await outbound(client, channel.id, '2');
    await eventually(() => following.heard.length >= 2, 'the second message', 40_000);
    expect(following.heard).toEqual(['1', '2']);
    for (const link of dead) link.cut();
  });

  test('a refusal ends it, and is not retried', async () => {
    const { client } = await registered();
    const { client: stranger } = await registered();
    const input = { name: 'closed', type: 'PRIVATE' };
    const { createChannel } = await client.execute<{ createChannel: { id: string } }>(CREATE, { input });
    const following = follow(stranger, createChannel.id);
    await eventually(() => following.errors.length > 0, 'a refusal');
    expect(following.errors.map(({ code }) => code)).toEqual(['NOT_FOUND']);
  });

  test('events that are no longer kept are a gap, and the subscription goes on after it', async () => {
    const { client } = await registered();
    const channel = await openChannel(client);
    for (const body of ['lost', 'lost too']) await say(client, channel.id, body);
    expect(await chat.forgetEvents(channel.id)).toBeGreaterThan(1);
    const following = follow(client, channel.id, channel.cursor);
    await eventually(() => following.gaps.length > 0, 'the gap');
    await say(client, channel.id, 'after');
    await eventually(() => following.heard.length > 0, 'a message');
    chat.proxy.cut();
    await outbound(client, channel.id, 'resumed');
    await eventually(() => following.heard.length > 1, 'another message');
    expect(following).toMatchObject({ heard: ['after', 'resumed'], errors: [] });
    expect(following.gaps).toHaveLength(1);
  });

  test('an operation over the socket has its answer, its refusal, or NETWORK_ERROR if the socket closes', async () => {
    const { client } = await registered();
    const input = { name: 'live', type: 'PUBLIC' };
    const { createChannel } = await client.executeLive<{ createChannel: { id: string; cursor: string } }>(CREATE, {
      input,
    });
    const { heard } = follow(client, createChannel.id, createChannel.cursor);
    const send = (channelId: string) =>
      client.executeLive<Sent>(SEND, { input: { channelId, body: 'over the socket' } });
    expect((await send(createChannel.id)).sendMessage.body).toBe('over the socket');
    await eventually(() => expect(heard).toEqual(['over the socket']), 'the message');
    await expect(send('0198c0de-0000-7000-8000-000000000000')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await isConnected(client);
    const lost = send(createChannel.id).then(
      () => 'answered', // the answer may be faster than the cut
      (error: ChatError) => error.code,
    );
    chat.proxy.cut();
    expect(['answered', 'NETWORK_ERROR']).toContain(await lost);
    await expect(client.executeLive('{ me { id } }', {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    // Connections that were cut are gone from the pool of `fetch` for the next test.
    await eventually(() => client.execute('{ me { id } }').then(() => true), 'an answer after the cut');
  });

  test('after its end nothing comes', async () => {
    const { client } = await registered();
    const channel = await openChannel(client);
    const following = follow(client, channel.id, channel.cursor);
    await say(client, channel.id, '1');
    await eventually(() => following.heard.length === 1, 'a message');
    following.end();
    const second = follow(client, channel.id, channel.cursor);
    await say(client, channel.id, '2');
    await eventually(() => second.heard.length === 2, 'both messages');
    expect(following).toMatchObject({ heard: ['1'], errors: [] });
    second.end();
    await eventually(() => client.connection === 'idle', 'a closed socket');
  });
});

describe('the queue', () => {
  const outboxOf = (client: ChatClient, storage?: ClientStorage) =>
    new Outbox<SendInput, Sent>({
      send: (input) => client.execute<Sent>(SEND, { input }),
      laneOf: ({ channelId }) => channelId,
      storage,
      account: client.session.userId,
    });

  // Its proxy looks for the request among the bytes, which are encrypted behind nginx and HAProxy.
  inOneProcess('a message whose answer was lost is sent again, and exists once', async () => {
    const { client } = await registered();
    const channel = await openChannel(client);
    const following = follow(client, channel.id, channel.cursor);
    await isConnected(client);
    const outbox = outboxOf(client);
    const lost = chat.proxy.cutAnswerTo(/first/);
    const first = outbox.send({ channelId: channel.id, body: 'first' });
    const second = outbox.send({ channelId: channel.id, body: 'second' });
    expect(outbox.entries.map(({ input }) => input.body)).toEqual(['first', 'second']);
    await inTime('the lost answer', lost);
    await inTime('both answers', Promise.all([first.result, second.result]));
    expect(outbox.entries).toEqual([]);
    await eventually(() => following.heard.length >= 2, 'both messages');
    const history = await client.execute<{ channel: { messages: { edges: { node: { body: string } }[] } } }>(
      'query ($id: ID!) { channel(id: $id) { messages(last: 10) { edges { node { body } } } } }',
      { id: channel.id },
    );
    expect(history.channel.messages.edges.map(({ node }) => node.body)).toEqual(['first', 'second']);
    expect(following.heard).toEqual(['first', 'second']);
  });

  test('unsent messages survive a reload and keep their order', async () => {
    const { client } = await registered();
    const channel = await openChannel(client);
    const storage = memoryStorage();
    await chat.proxy.refuse();
    const before = outboxOf(client, storage);
    for (const body of numbers(3)) before.send({ channelId: channel.id, body });
    await eventually(() => before.entries[0]?.state === 'retrying', 'a failed attempt');
    before.dispose();
    await chat.proxy.accept();
    const stranger = new Outbox<SendInput, Sent>({
      send: () => Promise.reject(new Error('sent as another account')),
      laneOf: () => '',
      storage,
      account: 'another account',
    });
    const after = outboxOf(client, storage);
    const last = after.send({ channelId: channel.id, body: '4' });
    await inTime('the last answer', last.result);
    const following = follow(client, channel.id, channel.cursor);
    await eventually(() => following.heard.length >= 4, 'all messages');
    expect(following.heard).toEqual(numbers(4));
    expect(storage.keys()).toEqual([]);
    expect(stranger.entries).toEqual([]);
  });

  test('a refused message stays for the user, and others pass it', async () => {
    const { client } = await registered();
    const channel = await openChannel(client);
    const outbox = outboxOf(client);
    const refused = outbox.send({ channelId: channel.id, body: '   ' });
    const fine = outbox.send({ channelId: channel.id, body: 'fine' });
    await expect(inTime('a refusal', refused.result)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect((await inTime('an answer', fine.result)).sendMessage.body).toBe('fine');
    expect(outbox.entries).toMatchObject([{ id: refused.id, state: 'failed', error: { code: 'BAD_USER_INPUT' } }]);
    outbox.discard(refused.id);
    expect(outbox.entries).toEqual([]);
  });

  test('slow mode is waited for as long as the server says', async () => {
    const { client: owner } = await registered();
    const { client } = await registered();
    const channel = await openChannel(owner);
    await client.execute(JOIN, { channelId: channel.id });
    const update = 'mutation ($input: UpdateChannelInput!) { updateChannel(input: $input) { id } }';
    await owner.execute(update, { input: { id: channel.id, slowModeSeconds: 2 } });
    const outbox = outboxOf(client);
    const first = outbox.send({ channelId: channel.id, body: 'first' });
    const second = outbox.send({ channelId: channel.id, body: 'second' });
    const waits: (number | undefined)[] = [];
    outbox.onChange(
      (entries) => void waits.push(...entries.filter(({ error }) => error).map(({ attempts }) => attempts)),
    );
    await inTime('both', Promise.all([first.result, second.result]));
    // One refusal, then one success: the delay was not guessed.
    expect(Math.max(...waits.map((attempts) => attempts ?? 0))).toBeLessThanOrEqual(2);
    expect(waits).not.toEqual([]);
  });
});

/** Sends although connections are being cut. */
async function outbound(client: ChatClient, channelId: string, body: string): Promise<void> {
  const outbox = new Outbox<SendInput, Sent>({
    // Kept-alive connections may be dead as well.
    send: (input) => client.execute<Sent>(SEND, { input }, { timeoutMs: 2_000 }),
    laneOf: () => channelId,
  });
  await inTime(`an answer to ${body}`, outbox.send({ channelId, body }).result);
  outbox.dispose();
}
