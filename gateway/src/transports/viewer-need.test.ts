/** Operations that need no viewer run whatever the Authorization header holds, over every transport. Others are refused as ever. */
import { bearer, startLiveGateway, tokenFor, type LiveGateway } from '../testing/live-gateway';
import { DESKS_SDL, newsroomSupergraph } from '../testing/newsroom';

const MARKED = DESKS_SDL.replace('[Story!]! }', '[Story!]! @needsNoViewer }').replace(
  'headline: String!): Story! }',
  'headline: String!): Story! @needsNoViewer retract: Story }',
).concat(`
    extend schema
      @link(url: "https://chat-system.dev/access/v1.0", import: ["@needsNoViewer"])
      @composeDirective(name: "@needsNoViewer")
    directive @needsNoViewer on FIELD_DEFINITION`);

const OPEN = '{ stories(desk: "open") { id } }';
const CHANGE = 'mutation { publish(desk: "open", headline: "x") { id } }';
const CLOSED = '{ author(id: "1") { name } }';
const MIXED = `{ stories(desk: "open") { id } author(id: "1") { name } }`;

const HEADERS: [string, () => string][] = [
  ['an expired token', () => `Bearer ${tokenFor('ada', { expiresIn: -1 })}`],
  ['a forged token', () => 'Bearer x'],
  ['an endless token', () => `Bearer ${'x'.repeat(10_000)}`],
  ['no token', () => 'Bearer'],
  ['another scheme', () => 'Basic YWRhOmFkYQ=='],
  ['nonsense', () => ', ,'],
];

let live: LiveGateway;
beforeAll(async () => {
  live = await startLiveGateway();
  live.source.replace(newsroomSupergraph(MARKED));
});
afterAll(() => live[Symbol.asyncDispose]());

interface Answer {
  status: number;
  text: string;
}

const send = async (path: string, init: RequestInit): Promise<Answer> => {
  const response = await fetch(`${live.url}${path}`, init);
  return { status: response.status, text: await response.text() };
};
const json = { 'content-type': 'application/json' };
const post =
  (path: string, accept: string) =>
  (query: string, authorization: string): Promise<Answer> =>
    send(path, { method: 'POST', headers: { ...json, accept, authorization }, body: JSON.stringify({ query }) });
const get =
  (path: string, accept: string) =>
  (query: string, authorization: string): Promise<Answer> =>
    send(`${path}?query=${encodeURIComponent(query)}`, { headers: { accept, authorization } });

const TRANSPORTS: [string, (query: string, authorization: string) => Promise<Answer>][] = [
  ['POST', post('', 'application/json')],
  ['POST that prefers a stream', post('', 'multipart/mixed;subscriptionSpec=1.0, application/json')],
  ['GET', get('', 'application/json')],
  ['an event stream by POST', post('/stream', 'text/event-stream')],
  ['an event stream by GET', get('/stream', 'text/event-stream')],
  ['an event stream on the same path', post('', 'text/event-stream')],
];

describe.each(HEADERS)('with %s', (_what, header) => {
  test.each(TRANSPORTS)('over %s', async (_transport, ask) => {
    for (let round = 0; round < 2; round++) {
      const open = await ask(OPEN, header());
      expect(open).toMatchObject({ status: 200, text: expect.stringContaining('"data":{"stories":[') });
      for (const query of [CLOSED, MIXED, '{ __typename }', '{ __schema { queryType { name } } }', '{ nothing }'])
        expect(await ask(query, header())).toMatchObject({
          status: 401,
          text: expect.stringContaining('"UNAUTHENTICATED"'),
        });
    }
  });
});

test('a mutation that needs no viewer runs once', async () => {
  const before = live.room.stories.length;
  expect((await post('', '*/*')(CHANGE, 'Bearer x')).text).toContain('"publish"');
  expect(live.room.stories).toHaveLength(before + 1);
  const both = `mutation { publish(desk: "open", headline: "x") { id } retract { id } }`;
  expect((await post('', '*/*')(both, 'Bearer x')).status).toBe(401);
  expect(live.room.stories).toHaveLength(before + 1);
});

test('fragments and skipped fields count', async () => {
  const ask = post('', 'application/json');
  const hidden = `query ($no: Boolean = false) { ...A } fragment A on Query { ${OPEN.slice(1, -1)} ... { author(id: "1") @include(if: $no) { name } } }`;
  expect((await ask(hidden, 'Bearer x')).status).toBe(401);
  const open = 'query { ...A __typename } fragment A on Query { ... { stories(desk: "open") { id } } }';
  expect((await ask(open, 'Bearer x')).status).toBe(200);
});

test('in a batch, each operation is judged alone; a batch without an accepted one is refused as a whole', async () => {
  const batch = (...queries: string[]) =>
    send('', {
      method: 'POST',
      headers: { ...json, authorization: 'Bearer x' },
      body: JSON.stringify(queries.map((query) => ({ query }))),
    });
  const mixed = await batch(OPEN, CLOSED);
  expect(mixed.status).toBe(200);
  expect(JSON.parse(mixed.text)).toEqual([
    { data: { stories: expect.any(Array) } },
    { errors: [expect.objectContaining({ extensions: { code: 'UNAUTHENTICATED' } })] },
  ]);
  expect((await batch(CLOSED, CLOSED)).status).toBe(401);
});

test('on a single connection, each request is judged by its own header', async () => {
  const token = await (await fetch(`${live.url}/stream`, { method: 'PUT' })).text();
  const start = (query: string, id: string, authorization: string) =>
    send('/stream', {
      method: 'POST',
      headers: { ...json, authorization, 'x-graphql-event-stream-token': token },
      body: JSON.stringify({ query, extensions: { operationId: id } }),
    });
  expect((await start(OPEN, 'open', 'Bearer x')).status).toBe(202);
  expect((await start(CLOSED, 'closed', 'Bearer x')).status).toBe(401);
  expect((await start(OPEN, 'ada', bearer('ada').authorization)).status).toBe(404); // another account's stream
});

test('requests with a refused token count against the limit of their network', async () => {
  await using limited = await startLiveGateway({ RATE_LIMIT_PER_MINUTE: '2' });
  const statuses = [];
  for (let count = 0; count < 3; count++) {
    const headers = { ...json, authorization: `Bearer ${count}` };
    statuses.push(
      (await fetch(limited.url, { method: 'POST', headers, body: JSON.stringify({ query: OPEN }) })).status,
    );
  }
  expect(statuses).toEqual([401, 401, 429]);
});
