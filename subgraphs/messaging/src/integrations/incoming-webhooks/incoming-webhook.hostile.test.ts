/** Hostile payloads for incoming webhooks: names that mention everybody, and texts that keep the process busy. */
import { serveSubgraph, type SubgraphServer } from '@chat/kit/graphql/subgraph-server';
import { createLogger } from '@chat/kit/logging';
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';
import { openTestNames } from '../../testing/test-names';

let messaging: TestMessaging;
let server: SubgraphServer;
let ada: Person;
let bob: Person;
let channelId: string;
let url: string;

const CREATE = `mutation ($input: CreateIncomingWebhookInput!) { createIncomingWebhook(input: $input) { url } }`;

beforeAll(async () => {
  messaging = await startTestMessaging();
  server = await serveSubgraph(messaging.subgraph, { host: '127.0.0.1', port: 0, log: createLogger('test', 'silent') });
  [ada, bob] = [messaging.person(), messaging.person()];
  await using names = await openTestNames(messaging);
  await names.user(ada, 'ada');
  await names.user(bob, 'bob');
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await messaging[Symbol.asyncDispose]();
});
beforeEach(async () => {
  channelId = await ada.creates({ members: [bob] });
  const input = { channelId, name: 'deploys' };
  ({ url } = (await ada.does(CREATE, { input })).createIncomingWebhook);
});

async function postJson(payload: unknown) {
  const response = await fetch(new URL(new URL(url).pathname, server.url), {
    method: 'POST',
    body: JSON.stringify(payload),
  });
  return { status: response.status, word: await response.text() };
}

async function bodies(): Promise<string[]> {
  const { channel } = await bob.does(
    'query ($id: ID!) { channel(id: $id) { messages(last: 20) { edges { node { body } } } } }',
    { id: channelId },
  );
  return channel.messages.edges.map(({ node }: any) => node.body);
}

test('its sender name mentions nobody', async () => {
  const ping = 'query ($id: ID!) { channel(id: $id) { viewerMembership { mentionCount } } }';
  const mentions = async () => (await bob.does(ping, { id: channelId })).channel.viewerMembership.mentionCount;
  for (const username of ['@channel', '@bob', '&#64;channel', '<!channel>', '`@here`', 'x\n@all'])
    expect(await postJson({ username, text: 'calm' })).toMatchObject({ status: 200 });
  await postJson({ text: 'hello', attachments: [{ text: '<@U1|channel> <https://a.example|@channel>' }] });
  expect(await mentions()).toBe(0);
  await postJson({ text: '<@U1|bob>' });
  await postJson({ text: '<!channel>' });
  expect(await mentions()).toBe(2);
});

test('stops work after the client has disconnected', async () => {
  const gone = new AbortController();
  const text = '*a* '.repeat(10_000);
  const posting = fetch(new URL(new URL(url).pathname, server.url), {
    method: 'POST',
    body: new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode(JSON.stringify({ text })));
        gone.abort();
      },
    }),
    duplex: 'half',
    signal: gone.signal,
  });
  await expect(posting).rejects.toThrow();
  expect(await postJson({ text: 'next' })).toMatchObject({ status: 200 });
  expect(await bodies()).toEqual(['**deploys**\nnext']);
});

test.each([
  ['brackets', '<http:a'],
  ['brackets with a bar', '<http://a|'],
  ['references', '<!'],
  ['bold', '*a '],
  ['code', '`a\n'],
  ['tables', 'a|\n-|\n'],
])('handles a payload full of %s while it serves others', async (_what, piece) => {
  const posting = Promise.all(
    Array.from({ length: 5 }, () => postJson({ text: piece.repeat(100_000 / piece.length) })),
  );
  expect(await bodies()).toEqual([]);
  for (const { status } of await posting) expect(status).toBe(400);
});
