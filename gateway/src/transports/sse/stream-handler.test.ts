/** `/graphql/stream` with raw requests: statuses and messages of graphql-sse's PROTOCOL.md, and the end of streams. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { bearer, startLiveGateway, until, type LiveGateway } from '../../testing/live-gateway';

const HEADER = 'x-graphql-event-stream-token';
const STORIES = 'subscription { storyPublished(desk: "city") { id } }';

const as = (userId: string): Record<string, string> => ({ 'content-type': 'application/json', ...bearer(userId) });

interface Ask {
  headers?: Record<string, string>;
  path?: string;
  body?: unknown;
}

function ask(live: LiveGateway, method: string, { headers = as('ada'), path = '', body }: Ask = {}) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return fetch(`${live.url}/stream${path}`, { method, headers, body: text });
}

/** Reads the text of a stream incrementally. */
class StreamText {
  text = '';
  isOver = false;

  constructor(response: Response) {
    void (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of response.body!) this.text += decoder.decode(chunk as Uint8Array, { stream: true });
      this.isOver = true;
    })();
  }
}

async function reserve(live: LiveGateway, userId = 'ada'): Promise<string> {
  const response = await ask(live, 'PUT', { headers: as(userId) });
  expect(response.status).toBe(201);
  return response.text();
}

const stream = (live: LiveGateway, token: string) =>
  fetch(`${live.url}/stream?token=${token}`, { headers: { accept: 'text/event-stream' } });

const operation = (id: string | undefined, query = STORIES) => ({ query, extensions: { operationId: id } });

test('a reservation is opened once by its token alone, and accepts operations before and after', async () => {
  await using live = await startLiveGateway();
  const token = await reserve(live);
  const headers = { ...as('ada'), [HEADER]: token };
  expect((await ask(live, 'POST', { headers, body: operation('early') })).status).toBe(202);
  const opened = await stream(live, token);
  expect([opened.status, opened.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  expect((await stream(live, token)).status).toBe(409);
  const heard = new StreamText(opened);
  await until(() => live.room.counts.live === 1);
  live.room.publish('city');
  await until(() =>
    heard.text.includes('event: next\ndata: {"id":"early","payload":{"data":{"storyPublished":{"id":"1"}}}}\n\n'),
  );
  expect((await ask(live, 'POST', { headers, body: operation('early') })).status).toBe(409);
  expect((await ask(live, 'POST', { headers, body: operation(undefined) })).status).toBe(400);
  expect((await ask(live, 'POST', { headers, body: operation('bad', '{ nothing }') })).status).toBe(400);
  expect((await ask(live, 'DELETE', { headers, path: '?operationId=early' })).status).toBe(200);
  await until(() => live.room.counts.live === 0);
  expect(
    (await ask(live, 'POST', { headers, body: operation('two', 'subscription { countdown(from: 1) }') })).status,
  ).toBe(202);
  await until(() => heard.text.endsWith('event: complete\ndata: {"id":"two"}\n\n'));
});

/** Delays the subgraph's start of subscriptions. @returns a function that lets them start */
function holdStarts({ desks }: LiveGateway): { release: () => void; isAsked: () => boolean } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const subscribe = desks.subscribe.bind(desks);
  let isAsked = false;
  desks.subscribe = async (...given) => {
    isAsked = true;
    await promise;
    return subscribe(...given);
  };
  return { release: resolve, isAsked: () => isAsked };
}

test.each(['text/event-stream', 'multipart/mixed;subscriptionSpec=1.0'])(
  'the response in %s begins once the subscription is live, and no later event is missed',
  async (accept) => {
    await using live = await startLiveGateway({ LIVE_HEARTBEAT_MS: '1000' });
    const starts = holdStarts(live);
    const path = accept === 'text/event-stream' ? '/stream' : '';
    let hasBegun = false;
    const began = fetch(`${live.url}${path}`, {
      method: 'POST',
      headers: { ...as('ada'), accept },
      body: JSON.stringify({ query: STORIES }),
    }).finally(() => (hasBegun = true));
    await until(starts.isAsked);
    expect((await fetch(`${live.url}?query={__typename}`, { headers: as('ada') })).status).toBe(200);
    expect([hasBegun, live.room.counts.live]).toEqual([false, 0]);
    starts.release();
    const heard = new StreamText(await began);
    live.room.publish('city');
    await until(() => heard.text.includes('{"data":{"storyPublished":{"id":"1"}}}'));
    if (accept === 'text/event-stream') expect(heard.text).toMatch(/^:\n\nevent: next\n/);
  },
);

test('a subscription that is refused begins with its error', async () => {
  await using live = await startLiveGateway();
  live.room.bar('ada', 'city');
  const response = await ask(live, 'POST', {
    headers: { ...as('ada'), accept: 'text/event-stream' },
    body: { query: STORIES },
  });
  expect(await response.text()).toMatch(/^event: next\ndata: .*FORBIDDEN.*\n\nevent: complete\ndata:\n\n$/);
});

test('a reservation of another account and an unknown one are not found', async () => {
  await using live = await startLiveGateway();
  const token = await reserve(live);
  const headers = { ...as('eve'), [HEADER]: token };
  expect((await ask(live, 'POST', { headers, body: operation('1') })).status).toBe(404);
  expect((await ask(live, 'DELETE', { headers, path: '?operationId=1' })).status).toBe(404);
  expect((await stream(live, 'unknown')).status).toBe(404);
  const unknown = { ...as('ada'), [HEADER]: 'unknown' };
  expect((await ask(live, 'POST', { headers: unknown, body: operation('1') })).status).toBe(404);
});

test('an unknown token in the URL is not found, on both paths', async () => {
  await using live = await startLiveGateway();
  for (const path of [live.url, `${live.url}/stream`]) {
    for (const token of ['0', '0190b4b3-8a43-7d5e-9d3c-2f6c1a7b9e10'])
      for (const method of ['GET', 'DELETE'])
        expect((await fetch(`${path}?token=${token}`, { method })).status).toBe(404);
  }
  const others = `${live.url}?token=theirs&query=${encodeURIComponent('{ stories(desk: "open") { id } }')}`;
  expect(await (await fetch(others)).json()).toEqual({ data: { stories: [] } });
});

test('a single-connection request is 406 if the client does not accept the response', async () => {
  await using live = await startLiveGateway();
  const token = await reserve(live);
  for (const accept of ['gibberish', 'text/html']) {
    const headers = { ...as('ada'), [HEADER]: token, accept };
    expect((await ask(live, 'GET', { headers })).status).toBe(406);
    expect((await ask(live, 'POST', { headers, body: operation('1') })).status).toBe(406);
    expect((await ask(live, 'PUT', { headers: { ...as('ada'), accept } })).status).toBe(406);
  }
  for (const accept of ['*/*', 'application/json', 'application/json, text/plain, */*']) {
    const headers = { ...as('ada'), [HEADER]: token, accept };
    expect((await ask(live, 'POST', { headers, body: operation(accept) })).status).toBe(202);
  }
});

test('a request that accepts no stream is refused', async () => {
  await using live = await startLiveGateway();
  expect((await ask(live, 'POST', { body: { query: STORIES } })).status).toBe(406);
  expect((await ask(live, 'PATCH')).status).toBe(405);
  const forged = { ...as('ada'), authorization: 'Bearer x' };
  expect((await ask(live, 'PUT', { headers: forged })).status).toBe(401);
  const accept = { ...as('ada'), accept: 'text/event-stream' };
  expect((await ask(live, 'POST', { headers: accept, body: { query: 1 } })).status).toBe(400);
});

test('stream requests count against the rate limit and get its headers', async () => {
  await using live = await startLiveGateway({ RATE_LIMIT_PER_MINUTE: '2' });
  const accept = { ...as('ada'), accept: 'text/event-stream' };
  const answers = [
    await ask(live, 'PUT'),
    await ask(live, 'POST', { headers: accept, body: { query: '{ stories(desk: "open") { id } }' } }),
    await ask(live, 'PUT'),
  ];
  expect(answers.map(({ status, headers }) => [status, headers.get('ratelimit-remaining')])).toEqual([
    [201, '1'],
    [200, '0'],
    [429, '0'],
  ]);
});

test('a mutation over GET is refused on the stream', async () => {
  await using live = await startLiveGateway();
  const query = encodeURIComponent('mutation { publish(desk: "open", headline: "x") { id } }');
  const response = await ask(live, 'GET', { headers: { accept: 'text/event-stream' }, path: `?query=${query}` });
  expect(await response.text()).toContain('Send mutations by POST.');
  expect(live.room.stories).toHaveLength(0);
});

test('an operation for a closed stream is not found and does not start', async () => {
  await using live = await startLiveGateway();
  const token = await reserve(live);
  const abort = new AbortController();
  await fetch(`${live.url}/stream?token=${token}`, { headers: { accept: 'text/event-stream' }, signal: abort.signal });
  const headers = { ...as('ada'), [HEADER]: token };
  await ask(live, 'POST', { headers, body: operation('first') });
  await until(() => live.room.counts.live === 1);
  const late = request(`${live.url}/stream`, { method: 'POST', headers: { ...headers, expect: '100-continue' } });
  late.flushHeaders();
  await once(late, 'continue'); // the reservation was found
  abort.abort();
  await until(() => live.room.counts.live === 0);
  late.end(JSON.stringify(operation('second')));
  const [{ statusCode }] = (await once(late, 'response')) as [IncomingMessage];
  expect(statusCode).toBe(404);
  expect(live.room.counts).toMatchObject({ live: 0, upstreams: 1 });
});

test('the parts of a multipart response', async () => {
  await using live = await startLiveGateway();
  const response = await fetch(live.url, {
    method: 'POST',
    headers: { ...as('ada'), accept: 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0,application/json' },
    body: JSON.stringify({ query: 'subscription { countdown(from: 1) }' }),
  });
  expect(response.headers.get('content-type')).toBe('multipart/mixed;boundary="graphql";subscriptionSpec="1.0"');
  const part = (body: string) => `\r\n--graphql\r\ncontent-type: application/json\r\n\r\n${body}`;
  expect(await response.text()).toBe(
    `${['{}', '{"payload":{"data":{"countdown":1}}}', '{"payload":null}'].map(part).join('')}\r\n--graphql--\r\n`,
  );
});

test('a gateway that is shutting down refuses new streams', async () => {
  const live = await startLiveGateway({ LIVE_DRAIN_MS: '200' });
  const subscribe = () =>
    ask(live, 'POST', { headers: { ...as('ada'), accept: 'text/event-stream' }, body: { query: STORIES } });
  const open = await Promise.all([subscribe(), subscribe()]);
  const isOver = live[Symbol.asyncDispose]();
  const late = await subscribe();
  expect([late.status, await late.json()]).toMatchObject([
    503,
    { errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] },
  ]);
  await isOver;
  for (const response of open) expect(await response.text()).toContain('retry: ');
});

test('a shutdown ends event streams with a retry hint and no completion, and multipart with an error', async () => {
  const live = await startLiveGateway();
  const sse = await ask(live, 'POST', {
    headers: { ...as('ada'), accept: 'text/event-stream' },
    body: { query: STORIES },
  });
  const multipart = await fetch(live.url, {
    method: 'POST',
    headers: { ...as('ada'), accept: 'multipart/mixed;subscriptionSpec=1.0' },
    body: JSON.stringify({ query: STORIES }),
  });
  await until(() => live.room.counts.live === 1);
  await live[Symbol.asyncDispose]();
  expect(await sse.text()).toMatch(/^:\n\nretry: \d+\n\n$/);
  const parts = (await multipart.text()).split('--graphql');
  expect(parts.at(-2)).toContain('{"payload":null,"errors":[{"message":"The gateway is restarting.');
  expect(parts.at(-1)).toBe('--\r\n');
});

test('upstreams end when their clients disconnect', async () => {
  await using live = await startLiveGateway();
  const abort = new AbortController();
  await fetch(live.url, {
    method: 'POST',
    headers: { ...as('ada'), accept: 'text/event-stream' },
    body: JSON.stringify({ query: STORIES }),
    signal: abort.signal,
  });
  await until(() => live.room.counts.live === 1);
  abort.abort();
  await until(() => live.room.counts.live === 0);
});

test('metrics count connections and subscriptions', async () => {
  await using live = await startLiveGateway();
  await ask(live, 'POST', { headers: { ...as('ada'), accept: 'text/event-stream' }, body: { query: STORIES } });
  await until(() => live.room.counts.live === 1);
  const text = await (await fetch(new URL('/metrics', live.url))).text();
  expect(text).toContain('gateway_subscriptions 1');
  expect(text).toContain('gateway_subscription_upstreams 1');
  expect(text).toContain('gateway_live_connections{transport="sse"} 1');
});
