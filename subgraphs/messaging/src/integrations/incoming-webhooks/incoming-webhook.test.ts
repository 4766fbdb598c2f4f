/** Incoming webhooks over HTTP, with Slack's payloads: accepted and refused messages. */
import { serveSubgraph, type SubgraphServer } from '@chat/kit/graphql/subgraph-server';
import { createLogger } from '@chat/kit/logging';
import { inTurn } from '../../testing/in-turn';
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';
import { openTestNames, type TestNames } from '../../testing/test-names';

let messaging: TestMessaging;
let server: SubgraphServer;
let ada: Person;
let bob: Person;
let channelId: string;

const CREATE = `mutation ($input: CreateIncomingWebhookInput!) {
  createIncomingWebhook(input: $input) { id name url channel { id } creator { id } } }`;
const LIST = 'query ($c: ID!) { incomingWebhooks(channelId: $c) { edges { node { id url } } } }';
const DELETE = 'mutation ($id: ID!) { deleteIncomingWebhook(id: $id) }';

beforeAll(async () => {
  messaging = await startTestMessaging({ WEBHOOK_INCOMING_PER_MINUTE: '10', MESSAGE_MAX_LENGTH: '500' });
  server = await serveSubgraph(messaging.subgraph, {
    host: '127.0.0.1',
    port: 0,
    log: createLogger('test', 'silent'),
  });
  [ada, bob] = [messaging.person(), messaging.person()];
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await messaging[Symbol.asyncDispose]();
});
beforeEach(async () => {
  channelId = await ada.creates({ members: [bob] });
});

const create = async (person = ada) =>
  (await person.does(CREATE, { input: { channelId, name: 'deploys' } })).createIncomingWebhook;

async function post(path: string, body: string, type = 'application/json', method = 'POST') {
  const response = await fetch(new URL(new URL(path, server.url).pathname, server.url), {
    method,
    headers: { 'content-type': type },
    ...(method === 'POST' && { body }),
  });
  return { status: response.status, word: await response.text(), headers: response.headers };
}
const postJson = (path: string, payload: unknown) => post(path, JSON.stringify(payload));

async function messages(): Promise<{ body: string; author: { id: string } }[]> {
  const { channel } = await bob.does(
    'query ($id: ID!) { channel(id: $id) { messages(last: 20) { edges { node { body author { id } } } } } }',
    { id: channelId },
  );
  return channel.messages.edges.map((edge: any) => edge.node);
}

test('posts messages for its creator under a sender name', async () => {
  const { url, ...webhook } = await create();
  expect(webhook).toEqual({
    id: expect.any(String),
    name: 'deploys',
    channel: { id: channelId },
    creator: { id: ada.id },
  });
  expect(url).toMatch(/^http:\/\/localhost:4000\/api\/v1\/hooks\/[\w-]{43}$/);
  expect(await postJson(url, { text: 'Build 7 is *green*' })).toMatchObject({ status: 200, word: 'ok' });
  const payload = JSON.stringify({ username: '*ci*', text: 'Build 8', attachments: [{ title: 'Log', text: 'done' }] });
  const form = new URLSearchParams({ payload }).toString();
  expect(await post(url, form, 'application/x-www-form-urlencoded')).toMatchObject({ status: 200, word: 'ok' });
  expect(await messages()).toEqual([
    { body: '**deploys**\nBuild 7 is **green**', author: { id: ada.id } },
    { body: '**\\*ci\\***\nBuild 8\n\n**Log**\ndone', author: { id: ada.id } },
  ]);
});

test('its messages arrive live', async () => {
  const { url } = await create();
  const live = await bob.follows('subscription ($id: ID!) { messageAdded(channelId: $id) { body } }', {
    id: channelId,
  });
  await postJson(url, { text: 'live' });
  expect((await live.take(1))[0].messageAdded.body).toBe('**deploys**\nlive');
  await live.end();
});

test.each([
  ['no JSON', '{"text":', 400, 'invalid_payload'],
  ['JSON that is no payload', '"text"', 400, 'invalid_payload'],
  ['nothing', '', 400, 'invalid_payload'],
  ['a payload that says nothing', '{"text":"  "}', 400, 'no_text'],
  ['a null byte', '{"text":"a\\u0000b"}', 400, 'invalid_payload'],
  ['a lone surrogate', '{"text":"\\ud800"}', 400, 'invalid_payload'],
  ['an overlong text', JSON.stringify({ text: 'x'.repeat(501) }), 400, 'msg_too_long'],
  ['a megabyte', JSON.stringify({ text: 'x'.repeat(1_000_000) }), 413, 'payload_too_large'],
])('refuses %s', async (_what, body, status, word) => {
  const { url } = await create();
  expect(await post(url, body)).toMatchObject({ status, word });
  expect(await messages()).toEqual([]);
});

test('its URL is secret, is shown once, and ends with the webhook', async () => {
  const { id, url } = await create();
  expect((await ada.does(LIST, { c: channelId })).incomingWebhooks.edges).toEqual([{ node: { id, url: null } }]);
  expect(await postJson('/api/v1/hooks/nonsense', { text: 'x' })).toMatchObject({ status: 404, word: 'no_service' });
  expect(await postJson(`${url}x`, { text: 'x' })).toMatchObject({ status: 404 });
  expect((await postJson('/api/v1/other', {})).status).toBe(404);
  const read = await post(url, '', 'text/plain', 'GET');
  expect([read.status, read.headers.get('allow')]).toEqual([405, 'POST']);
  expect(await ada.does(DELETE, { id })).toEqual({ deleteIncomingWebhook: true });
  expect(await postJson(url, { text: 'x' })).toMatchObject({ status: 404, word: 'no_service' });
});

test('moderators of the channel create and manage it', async () => {
  const { id } = await create();
  const outsider = messaging.person();
  const input = { channelId, name: 'x' };
  expect(await bob.isRefused(CREATE, { input })).toEqual({ code: 'FORBIDDEN' });
  expect(await outsider.isRefused(CREATE, { input })).toEqual({ code: 'NOT_FOUND' });
  expect(await bob.isRefused(LIST, { c: channelId })).toEqual({ code: 'FORBIDDEN' });
  for (const person of [bob, outsider]) expect(await person.isRefused(DELETE, { id })).toEqual({ code: 'NOT_FOUND' });
  expect(await ada.isRefused(CREATE, { input: { channelId, name: ' ' } })).toMatchObject({ fields: { name: /empty/ } });
});

test('has only the current permissions of its creator', async () => {
  const ROLE = `mutation ($c: ID!, $u: ID!, $role: MemberRole!) {
    setMemberRole(channelId: $c, userId: $u, role: $role) { role } }`;
  await ada.does(ROLE, { c: channelId, u: bob.id, role: 'MODERATOR' });
  const { url } = await create(bob);
  expect(await postJson(url, { text: 'in' })).toMatchObject({ status: 200 });
  await ada.does('mutation ($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }', {
    c: channelId,
    u: bob.id,
  });
  expect(await postJson(url, { text: 'out' })).toMatchObject({ status: 403, word: 'action_prohibited' });
});

test('posts nothing if its creator is removed concurrently', async () => {
  const role = 'mutation ($c: ID!, $u: ID!) { setMemberRole(channelId: $c, userId: $u, role: MODERATOR) { role } }';
  await ada.does(role, { c: channelId, u: bob.id });
  const { url } = await create(bob);
  const remove = 'mutation ($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }';
  const [, posted] = await inTurn(
    messaging,
    channelId,
    () => ada.does(remove, { c: channelId, u: bob.id }),
    () => postJson(url, { text: 'too late' }),
  );
  expect(posted).toMatchObject({ value: { status: 403, word: 'action_prohibited' } });
});

test('the number of messages per minute is limited', async () => {
  const [{ url }, other] = [await create(), await create()];
  const answers: Awaited<ReturnType<typeof post>>[] = [];
  for (let i = 0; i < 11; i++) answers.push(await postJson(url, { text: `${i}` }));
  expect(answers.map(({ status }) => status)).toEqual([...Array<number>(10).fill(200), 429]);
  expect(answers.at(-1)!.word).toBe('rate_limited');
  expect(Number(answers.at(-1)!.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await postJson(other.url, { text: 'another' })).toMatchObject({ status: 200 });
});

test('posts nothing for an inactive account', async () => {
  const { url } = await create();
  await using names = await openTestNames(messaging);
  await names.user(ada, 'ada');
  expect(await postJson(url, { text: 'active' })).toMatchObject({ status: 200 });
  await names.deactivate(ada);
  expect(await postJson(url, { text: 'gone' })).toMatchObject({ status: 403, word: 'action_prohibited' });
});

describe('by an API key', () => {
  let names: TestNames;
  beforeAll(async () => {
    names = await openTestNames(messaging);
    await names.user(ada, 'ada');
    await names.user(bob, 'bob');
  });
  afterAll(() => names[Symbol.asyncDispose]());

  test.each(['revoked', 'expired'] as const)('it ends with the key that made it, when that is %s', async (how) => {
    const keyId = await names.key();
    const byKey = await create(messaging.byKey(ada, keyId));
    const inPerson = await create();
    expect(await postJson(byKey.url, { text: 'before' })).toMatchObject({ status: 200 });
    await names.endKey(keyId, how);
    expect(await postJson(byKey.url, { text: 'after' })).toMatchObject({ status: 403, word: 'action_prohibited' });
    expect(await postJson(inPerson.url, { text: 'still' })).toMatchObject({ status: 200 });
    expect((await messages()).map(({ body }) => body)).toEqual(['**deploys**\nbefore', '**deploys**\nstill']);
  });
});

describe('the creator', () => {
  const COUNTS = 'query ($id: ID!) { channel(id: $id) { viewerMembership { unreadCount mentionCount } } }';
  const counts = async () => (await ada.does(COUNTS, { id: channelId })).channel.viewerMembership;

  test('has the messages unread, and is notified of mentions like everybody else', async () => {
    await using names = await openTestNames(messaging);
    await names.user(ada, 'ada');
    await names.user(bob, 'bob');
    const { url } = await create();
    await bob.sends(channelId, 'hello @ada');
    expect(await counts()).toEqual({ unreadCount: 1, mentionCount: 1 });
    const inbox = await ada.follows('subscription { inbox { ... on Mentioned { message { body } } } }');
    await postJson(url, { text: 'Build failed, @ada and @bob' });
    expect(await counts()).toEqual({ unreadCount: 2, mentionCount: 2 });
    let told: any;
    do [{ inbox: told }] = await inbox.take(1);
    while (!told.message);
    expect(told.message.body).toContain('Build failed');
    await inbox.end();
    expect((await bob.does(COUNTS, { id: channelId })).channel.viewerMembership).toEqual({
      unreadCount: 1,
      mentionCount: 1,
    });
    await postJson(url, { text: 'all of @channel' });
    expect(await counts()).toEqual({ unreadCount: 3, mentionCount: 3 });
    await ada.sends(channelId, 'fixed, @ada'); // own sending moves the marker, and tells its author nothing
    expect(await counts()).toEqual({ unreadCount: 0, mentionCount: 0 });
  });
});
