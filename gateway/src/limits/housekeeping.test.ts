/** The budget for housekeeping: which operations count against it, over which transports, and which do not. */
import { createHash } from 'node:crypto';
import type { ExecutionResult } from 'graphql';
import { bearer, follow, socketClient, startLiveGateway, take, until, type LiveGateway } from '../testing/live-gateway';

const GLANCE = 'mutation { glance(desk: "city") { id } }';
const STORIES = '{ stories(desk: "city") { id } }';
const EVENTS = 'subscription ($after: String) { deskEvents(desk: "city", after: $after) { cursor } }';

/** One operation that costs, and ten of housekeeping. */
const start = (env: Record<string, string> = {}) =>
  startLiveGateway({ RATE_LIMIT_PER_MINUTE: '1', RATE_LIMIT_HOUSEKEEPING_PER_MINUTE: '10', ...env });

interface Answer {
  status: number;
  left: string | null;
  body: ExecutionResult;
}

async function ask({ url }: LiveGateway, body: unknown, init: RequestInit = {}, path = ''): Promise<Answer> {
  const headers = { 'content-type': 'application/json', ...bearer('ada') };
  const response = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body), ...init });
  const left = response.headers.get('ratelimit-remaining');
  return { status: response.status, left, body: (await response.json()) as ExecutionResult };
}

/** The budget of which an operation has left `left`, or that refuses it. */
async function budgetOf(live: LiveGateway, body: unknown): Promise<unknown> {
  const { status, left, body: answer } = await ask(live, body);
  if (status === 429) return (answer.errors![0]!.extensions as { budget: string }).budget;
  return left === '9' ? 'took housekeeping' : left === '0' ? 'took operations' : left;
}

test('housekeeping is answered after the budget for operations is spent, and has a limit of its own', async () => {
  await using live = await start();
  expect((await ask(live, { query: STORIES })).status).toBe(200);
  expect((await ask(live, { query: STORIES })).body.errors).toMatchObject([
    {
      message: expect.stringMatching(/^The limit is 1 operations per minute\. Retry in \d+ s\.$/) as string,
      extensions: { code: 'RATE_LIMITED', budget: 'operations', limit: 1, retryAfterMs: expect.any(Number) as number },
    },
  ]);
  for (let left = 9; left >= 0; left--) {
    expect(await ask(live, { query: GLANCE })).toMatchObject({ status: 200, left: String(left) });
  }
  expect((await ask(live, { query: GLANCE })).body.errors).toMatchObject([
    {
      message: expect.stringMatching(/^The limit is 10 housekeeping operations per minute\. /) as string,
      extensions: { code: 'RATE_LIMITED', budget: 'housekeeping', limit: 10 },
    },
  ]);
});

describe.each([
  ['a marked field', GLANCE, 'took housekeeping'],
  [
    'marked fields under aliases',
    'mutation { a: glance(desk: "a") { id } b: glance(desk: "b") { id } }',
    'took housekeeping',
  ],
  [
    'a marked field in fragments',
    `mutation { ...A } fragment A on Mutation { ... { glance(desk: "a") { id } } }`,
    'took housekeeping',
  ],
  [
    'an object below',
    'mutation { glance(desk: "a") { __typename newest { id author { name } } } }',
    'took housekeeping',
  ],
  [
    'another field beside',
    'mutation { glance(desk: "a") { id } publish(desk: "open", headline: "h") { id } }',
    'took operations',
  ],
  [
    'another field that is skipped',
    'mutation { glance(desk: "a") { id } publish(desk: "open", headline: "h") @skip(if: true) { id } }',
    'took operations',
  ],
  [
    'another field in a fragment',
    'mutation { glance(desk: "a") { id } ...A } fragment A on Mutation { publish(desk: "open", headline: "h") { id } }',
    'took operations',
  ],
  ['an alias that is named like a marked field', '{ glance: stories(desk: "a") { id } }', 'took operations'],
  ['a list of objects below', 'mutation { glance(desk: "a") { stories { id } } }', 'took operations'],
  [
    'a list of objects in a fragment below',
    'mutation { glance(desk: "a") { ...A } } fragment A on Desk { ... on Desk { stories { id } } }',
    'took operations',
  ],
  ['an unknown field below', 'mutation { glance(desk: "a") { nothing { id } } }', 'took operations'],
  ['a text that is no GraphQL', 'mutation { glance', 'took operations'],
  ['a long text', `${GLANCE} #${'x'.repeat(8_192)}`, 'took operations'],
  ['a document without an operation', 'fragment A on Mutation { glance(desk: "a") { id } }', 'took operations'],
])('%s', (_what, query, budget) => {
  test(budget, async () => {
    await using live = await start();
    expect(await budgetOf(live, { query })).toBe(budget);
    expect(await budgetOf(live, { query })).toBe(budget === 'took operations' ? 'operations' : '8');
  });
});

test('the operation that is named decides', async () => {
  await using live = await start();
  const query = `mutation Glance { glance(desk: "a") { id } } query Stories ${STORIES}`;
  expect(await budgetOf(live, { query, operationName: 'Glance' })).toBe('took housekeeping');
  expect(await budgetOf(live, { query, operationName: 'Stories' })).toBe('took operations');
  expect(await budgetOf(live, { query, operationName: 'Nothing' })).toBe('operations');
  expect(await budgetOf(live, { query })).toBe('operations');
});

test('the operations of a batch count one by one', async () => {
  await using live = await start();
  const batch = [...Array<object>(4).fill({ query: GLANCE }), { query: STORIES }, null];
  expect(await budgetOf(live, batch)).toBe('operations');
  await using other = await start({ RATE_LIMIT_PER_MINUTE: '2' });
  expect(await ask(other, batch)).toMatchObject({ left: '0' });
  expect(await ask(other, { query: GLANCE })).toMatchObject({ left: '5' });
});

test('a persisted query counts as housekeeping once its text is known', async () => {
  await using live = await start();
  const sha256Hash = createHash('sha256').update(GLANCE).digest('hex');
  const extensions = { persistedQuery: { version: 1, sha256Hash } };
  expect(await budgetOf(live, { query: GLANCE, extensions })).toBe('took housekeeping');
  expect(await ask(live, { extensions })).toMatchObject({ left: '8', body: { data: { glance: { id: 'city' } } } });
  expect(await budgetOf(live, { extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } } })).toBe(
    'took operations',
  );
});

test('by default, the budget for housekeeping is six times the other; both are off together', async () => {
  await using live = await startLiveGateway({ RATE_LIMIT_PER_MINUTE: '2' });
  expect(await ask(live, { query: GLANCE })).toMatchObject({ left: '11' });
  await using off = await startLiveGateway({ RATE_LIMIT_HOUSEKEEPING_PER_MINUTE: '1' });
  for (let time = 0; time < 3; time++) expect(await ask(off, { query: GLANCE })).toMatchObject({ left: null });
  await using unlimited = await start({ RATE_LIMIT_HOUSEKEEPING_PER_MINUTE: '0' });
  for (let time = 0; time < 3; time++) expect((await ask(unlimited, { query: GLANCE })).status).toBe(200);
  expect(await budgetOf(unlimited, { query: STORIES })).toBe('took operations');
});

describe('subscriptions', () => {
  const refusalOf = async (stream: AsyncIterator<unknown>) =>
    take(stream, 1).then(
      () => undefined,
      (errors: { extensions: unknown }[]) => errors[0]!.extensions,
    );
  const first = async (live: LiveGateway, variables = {}) => {
    const client = socketClient(live.wsUrl, 'ada');
    const before = live.room.counts.live;
    const stream = follow(client, EVENTS, variables);
    await until(() => live.room.counts.live > before);
    return { client, stream };
  };

  test('a new one costs, a marked one and one with a cursor do not', async () => {
    await using live = await start();
    live.room.publish('city');
    const { client } = await first(live);
    expect(await refusalOf(follow(client, 'subscription { storyPublished(desk: "city") { id } }'))).toMatchObject({
      code: 'RATE_LIMITED',
      budget: 'operations',
    });
    expect(await take(follow(client, 'subscription { countdown(from: 1) }'), 1)).toEqual([{ data: { countdown: 1 } }]);
    expect(await take(follow(client, EVENTS, { after: '0' }), 1)).toEqual([{ data: { deskEvents: { cursor: '1' } } }]);
    const literal = 'subscription { deskEvents(desk: "city", after: "0") { cursor } }';
    expect(await take(follow(client, literal), 1)).toEqual([{ data: { deskEvents: { cursor: '1' } } }]);
    for (const after of ['deskEvents(desk: "city", after: null)', 'deskEvents(desk: "city")'])
      expect(await refusalOf(follow(client, `subscription { ${after} { cursor } }`))).toMatchObject({
        budget: 'operations',
      });
    await client.dispose();
  });

  test('one that has ended can be taken up on another connection, as often as it ended', async () => {
    await using live = await start();
    const { client } = await first(live);
    await client.dispose();
    await until(() => live.room.counts.live === 0);
    for (let time = 0; time < 3; time++) {
      const again = await first(live);
      // The first is open, so this is another one.
      expect(await refusalOf(follow(again.client, EVENTS))).toMatchObject({ budget: 'operations' });
      await again.client.dispose();
      await until(() => live.room.counts.live === 0);
    }
    const eve = socketClient(live.wsUrl, 'eve');
    follow(eve, EVENTS);
    await until(() => live.room.counts.live === 1);
    expect(await refusalOf(follow(eve, EVENTS))).toMatchObject({ budget: 'operations' });
    await eve.dispose();
  });

  test('a client that resubscribes without end is refused', async () => {
    await using live = await start();
    const client = socketClient(live.wsUrl, 'ada');
    const refusals: unknown[] = [];
    for (let time = 0; time < 12; time++) {
      refusals.push(
        await refusalOf(follow(client, 'subscription { deskEvents(desk: "shut", after: "x") { cursor } }')),
      );
    }
    expect(refusals.slice(0, 10)).toEqual(Array(10).fill(expect.objectContaining({ code: 'BAD_USER_INPUT' })));
    expect(refusals.slice(10)).toEqual(Array(2).fill(expect.objectContaining({ budget: 'housekeeping' })));
    await client.dispose();
  });

  test('an event stream is judged the same way', async () => {
    await using live = await start();
    const accept = { headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...bearer('ada') } };
    const countdown = { query: 'subscription { countdown(from: 1) }' };
    for (const path of ['', '/stream']) {
      for (let time = 0; time < 2; time++) {
        const body = JSON.stringify(countdown);
        const response = await fetch(live.url + path, { method: 'POST', ...accept, body });
        expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('"countdown":1')]);
      }
    }
  });
});
