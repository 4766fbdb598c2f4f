/** What happens later, or is only begun: scheduled messages, drafts, retention. */
import { Client } from 'pg';
import { createChannel, send, startTestMessaging, type Person, type TestMessaging } from '../testing/test-messaging';

let messaging: TestMessaging;
let ada: Person;
let bob: Person;
let channelId: string;

beforeAll(async () => {
  messaging = await startTestMessaging();
  [ada, bob] = [messaging.person(), messaging.person()];
});
afterAll(() => messaging[Symbol.asyncDispose]());
beforeEach(async () => {
  channelId = await createChannel(ada, { members: [bob] });
});

const SCHEDULE =
  'mutation ($input: ScheduleMessageInput!) { scheduleMessage(input: $input) { id sendAt body channel { id } } }';
const SCHEDULED = 'query { scheduledMessages { edges { node { id failure } } } }';
const CANCEL = 'mutation ($id: ID!) { cancelScheduledMessage(id: $id) }';
const ADDED =
  'subscription ($c: ID!, $after: String) { messageAdded(channelId: $c, after: $after) { body author { id } } }';
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

test('a scheduled message is sent when its time has come', async () => {
  const live = await bob.follows(ADDED, { c: channelId });
  const input = { channelId, body: 'good morning', sendAt: inMs(300) };
  expect((await ada.does(SCHEDULE, { input })).scheduleMessage).toMatchObject({
    body: 'good morning',
    channel: { id: channelId },
  });
  expect((await live.take(1))[0].messageAdded).toEqual({ body: 'good morning', author: { id: ada.id } });
  await live.end();
});

test('times in the past, bad bodies and foreign channels are refused', async () => {
  const wrong = [{ sendAt: inMs(-1000) }, { sendAt: inMs(400 * 86_400_000) }, { body: ' ' }, { body: 'a\0' }];
  for (const given of wrong) {
    const input = { channelId, body: 'x', sendAt: inMs(60_000), ...given };
    expect(await ada.isRefused(SCHEDULE, { input })).toMatchObject({ code: 'BAD_USER_INPUT' });
  }
  const input = { channelId, body: 'x', sendAt: inMs(60_000) };
  expect(await messaging.person().isRefused(SCHEDULE, { input })).toEqual({ code: 'NOT_FOUND' });
});

test('only the author sees, and takes back, what is scheduled', async () => {
  const input = { channelId, body: 'later', sendAt: inMs(60_000) };
  const { id } = (await ada.does(SCHEDULE, { input })).scheduleMessage;
  expect((await bob.does(SCHEDULED)).scheduledMessages.edges).toEqual([]);
  expect(await bob.isRefused(CANCEL, { id })).toEqual({ code: 'NOT_FOUND' });
  expect((await ada.does(CANCEL, { id })).cancelScheduledMessage).toBe(true);
  expect(await ada.isRefused(CANCEL, { id })).toEqual({ code: 'NOT_FOUND' });
});

test('what its author may no longer send is not sent, and the author sees why', async () => {
  const input = { channelId, body: 'too late', sendAt: inMs(200) };
  await bob.does(SCHEDULE, { input });
  await bob.does('mutation ($c: ID!) { leaveChannel(channelId: $c) }', { c: channelId });
  const failureOf = async () => (await bob.does(SCHEDULED)).scheduledMessages.edges[0].node.failure as string | null;
  let failure: string | null;
  do failure = await failureOf();
  while (failure === null);
  expect(failure).toMatch(/no longer/);
  const history = 'query ($id: ID!) { channel(id: $id) { messages(first: 1) { edges { cursor } } } }';
  expect((await ada.does(history, { id: channelId })).channel.messages.edges).toEqual([]);
});

test("drafts are the author's alone", async () => {
  const save = 'mutation ($c: ID!, $b: String!) { saveDraft(channelId: $c, body: $b) { body channel { id } } }';
  await ada.does(save, { c: channelId, b: 'begun' });
  expect((await ada.does(save, { c: channelId, b: 'begun again' })).saveDraft).toEqual({
    body: 'begun again',
    channel: { id: channelId },
  });
  const drafts = 'query { drafts { body } }';
  expect((await ada.does(drafts)).drafts).toEqual([{ body: 'begun again' }]);
  expect((await bob.does(drafts)).drafts).toEqual([]);
  await ada.does(save, { c: channelId, b: ' ' });
  expect((await ada.does(drafts)).drafts).toEqual([]);
  expect(await ada.isRefused(save, { c: channelId, b: 'x'.repeat(16_001) })).toMatchObject({ code: 'BAD_USER_INPUT' });
});

test('retention removes what is old, and whoever resumes from before is told of a gap', async () => {
  const old = await send(ada, channelId, 'old', { select: 'id cursor' });
  await send(ada, channelId, 'old too');
  await ada.does('mutation ($i: UpdateChannelInput!) { updateChannel(input: $i) { id } }', {
    i: { id: channelId, retentionDays: 1 },
  });
  const client = new Client({ connectionString: messaging.config.DATABASE_URL });
  await client.connect();
  await client.query(`update messaging.messages set created_at = now() - interval '2 days' where channel_id = $1`, [
    channelId,
  ]);
  const fresh = await send(ada, channelId, 'new');
  const gap = await bob.follows(
    'subscription ($c: ID!, $after: String) { channelEvents(channelId: $c, after: $after) { __typename ... on HistoryGap { reason } ... on MessageAdded { message { id } } } }',
    { c: channelId, after: old.cursor },
  );
  await gap.take(2); // what came after the cursor is still there
  await client.query(`select graphile_worker.add_job('messaging:remove-expired-messages')`);
  const history =
    'query ($id: ID!) { channel(id: $id) { messages(first: 10) { edges { node { id } } } viewerMembership { unreadCount } } }';
  for (let left = 3; left > 1;) left = (await bob.does(history, { id: channelId })).channel.messages.edges.length;
  await client.end();
  await gap.end();
  const { channel } = await bob.does(history, { id: channelId });
  expect(channel.messages.edges).toEqual([{ node: { id: fresh.id } }]);
  expect(channel.viewerMembership.unreadCount).toBe(1);
  const resumed = await bob.follows(
    'subscription ($c: ID!, $after: String) { channelEvents(channelId: $c, after: $after) { __typename ... on HistoryGap { reason } } }',
    { c: channelId, after: old.cursor },
  );
  expect((await resumed.take(1))[0].channelEvents).toEqual({ __typename: 'HistoryGap', reason: expect.any(String) });
  await resumed.end();
});
