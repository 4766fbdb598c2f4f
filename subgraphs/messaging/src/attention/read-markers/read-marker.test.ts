/** Read markers of members at load, and marking messages as unread. */
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';

let messaging: TestMessaging;
let ada: Person;
let bob: Person;
let channelId: string;
let ids: string[];

beforeAll(async () => (messaging = await startTestMessaging()));
afterAll(() => messaging[Symbol.asyncDispose]());
beforeEach(async () => {
  [ada, bob] = [messaging.person(), messaging.person()];
  channelId = await ada.creates({ members: [bob] });
  ids = [];
  for (const body of ['one', 'two', '@all three', 'four']) ids.push((await ada.sends(channelId, body)).id);
});

const READ = 'mutation ($c: ID!, $m: ID!) { markRead(channelId: $c, messageId: $m) { ...State } }';
const UNREAD = 'mutation ($c: ID!, $m: ID!) { markUnread(channelId: $c, messageId: $m) { ...State } }';
const STATE = 'fragment State on ViewerMembership { unreadCount mentionCount lastReadMessage { body } }';
const MARKERS = `query ($id: ID!) { channel(id: $id) { members { user { id } lastReadSeq lastReadMessage { body } } } }`;
const INBOX = `subscription ($after: String) { inbox(after: $after) { __typename cursor
  ... on UnreadChanged { unreadCount mentionCount } } }`;

const reads = async (seq: number) => (await bob.does(`${READ} ${STATE}`, { c: channelId, m: ids[seq - 1] })).markRead;
const marksUnread = async (seq: number) =>
  (await bob.does(`${UNREAD} ${STATE}`, { c: channelId, m: ids[seq - 1] })).markUnread;

async function markers(): Promise<Record<string, unknown>> {
  const { members } = (await ada.does(MARKERS, { id: channelId })).channel;
  return Object.fromEntries(
    members.map(({ user, lastReadSeq, lastReadMessage }: any) => [
      user.id === ada.id ? 'ada' : 'bob',
      [lastReadSeq, lastReadMessage?.body ?? null],
    ]),
  );
}

test('members show how far they have read when a channel is loaded', async () => {
  expect(await markers()).toEqual({ ada: [4, 'four'], bob: [0, null] });
  await reads(2);
  expect(await markers()).toEqual({ ada: [4, 'four'], bob: [2, 'two'] });
});

test('ReadMarkerMoved continues from there, by number', async () => {
  const live = await ada.follows(
    `subscription ($id: ID!) { channelActivity(channelId: $id) { ... on ReadMarkerMoved { seq messageId user { id } } } }`,
    { id: channelId },
  );
  await reads(3);
  expect(await live.take(1)).toEqual([{ channelActivity: { seq: 3, messageId: ids[2], user: { id: bob.id } } }]);
  await live.end();
});

describe('marking as unread', () => {
  test('counts the message and those after it, with their mentions, for its account alone', async () => {
    expect(await reads(4)).toEqual({ unreadCount: 0, mentionCount: 0, lastReadMessage: { body: 'four' } });
    expect(await marksUnread(3)).toEqual({ unreadCount: 2, mentionCount: 1, lastReadMessage: { body: 'two' } });
    expect(await markers()).toEqual({ ada: [4, 'four'], bob: [4, 'four'] });
    expect(await marksUnread(1)).toEqual({ unreadCount: 4, mentionCount: 1, lastReadMessage: null });
    expect(await reads(3)).toEqual({ unreadCount: 1, mentionCount: 0, lastReadMessage: { body: '@all three' } });
    expect(await markers()).toEqual({ ada: [4, 'four'], bob: [4, 'four'] });
  });

  test('never moves the marker forward', async () => {
    await reads(1);
    expect(await marksUnread(3)).toEqual({ unreadCount: 3, mentionCount: 1, lastReadMessage: { body: 'one' } });
    expect(await marksUnread(2)).toMatchObject({ unreadCount: 3 });
  });

  test('is told to the other devices of the account', async () => {
    await reads(4);
    const { cursor } = (await bob.does('{ inbox { cursor } }')).inbox;
    await marksUnread(2);
    const live = await bob.follows(INBOX, { after: cursor });
    expect(await live.take(1)).toMatchObject([
      { inbox: { __typename: 'UnreadChanged', unreadCount: 3, mentionCount: 1 } },
    ]);
    await live.end();
  });

  test('requires membership and a message of the channel', async () => {
    const elsewhere = await ada.sends(await ada.creates({ members: [bob] }), 'elsewhere');
    expect(await bob.isRefused(`${UNREAD} ${STATE}`, { c: channelId, m: elsewhere.id })).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { messageId: 'messageId is not a message of this channel.' },
    });
    const eve = messaging.person();
    expect(await eve.isRefused(`${UNREAD} ${STATE}`, { c: channelId, m: ids[0] })).toEqual({ code: 'NOT_FOUND' });
    const open = await ada.creates({ type: 'PUBLIC' });
    const { id: m } = await ada.sends(open, 'public');
    expect(await eve.isRefused(`${UNREAD} ${STATE}`, { c: open, m })).toEqual({ code: 'FORBIDDEN' });
  });
});
