/** Muted channels: no announcements in the inbox, while counts and lists go on. */
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';
import { openTestNames, type TestNames } from '../../testing/test-names';

let messaging: TestMessaging;
let names: TestNames;
let ada: Person;
let bob: Person;
let channelId: string;
let elsewhere: string;

beforeAll(async () => {
  messaging = await startTestMessaging();
  names = await openTestNames(messaging);
});
afterAll(async () => {
  await names[Symbol.asyncDispose]();
  await messaging[Symbol.asyncDispose]();
});
beforeEach(async () => {
  [ada, bob] = [messaging.person(), messaging.person()];
  await names.user(ada, `ada-${ada.id}`);
  await names.user(bob, `bob-${bob.id}`);
  channelId = await ada.creates({ members: [bob] });
  elsewhere = await ada.creates({ members: [bob] });
});

const MUTE = `mutation ($id: ID!, $until: DateTime) {
  muteChannel(channelId: $id, until: $until) { notificationsMutedUntil } }`;
const UNMUTE = 'mutation ($id: ID!) { unmuteChannel(channelId: $id) { notificationsMutedUntil } }';
const STATE =
  'query ($id: ID!) { channel(id: $id) { viewerMembership { notificationsMutedUntil mentionCount unreadCount } } }';
const INBOX = `subscription ($after: String) { inbox(after: $after) { __typename
  ... on Mentioned { message { body } } ... on DirectMessageReceived { message { body } }
  ... on NotificationsChanged { channel { id viewerMembership { notificationsMutedUntil } } } } }`;
const EDIT = 'mutation ($id: ID!, $body: String!) { editMessage(id: $id, body: $body) { id } }';

const mutes = async (until?: Date | null, id = channelId) => (await bob.does(MUTE, { id, until })).muteChannel;
const inAnHour = () => new Date(Date.now() + 3_600_000);

/** The announcements since `after`, up to a mention that ends the test. */
async function announced(after: string): Promise<string[]> {
  await ada.sends(elsewhere, `@bob-${bob.id} end`);
  const live = await bob.follows(INBOX, { after });
  const bodies: string[] = [];
  while (!bodies.at(-1)?.endsWith('end')) {
    const [{ inbox: event }] = await live.take(1);
    if (event.message) bodies.push(event.message.body);
  }
  await live.end();
  return bodies.slice(0, -1);
}
const cursor = async (): Promise<string> => (await bob.does('{ inbox { cursor } }')).inbox.cursor;

test('a muted channel announces neither mentions nor edits that mention, and counts and lists them', async () => {
  await mutes(inAnHour());
  const after = await cursor();
  const { id } = await ada.sends(channelId, `@bob-${bob.id} muted`);
  await ada.sends(channelId, '@all muted');
  await ada.does(EDIT, { id: (await ada.sends(channelId, 'nobody')).id, body: `@bob-${bob.id} edited` });
  expect(await announced(after)).toEqual([]);
  const { viewerMembership } = (await bob.does(STATE, { id: channelId })).channel;
  expect(viewerMembership).toMatchObject({ mentionCount: 3, unreadCount: 3 });
  const { mentions } = (await bob.does('{ inbox { mentions { edges { node { message { id } } } } } }')).inbox;
  expect(mentions.edges).toHaveLength(4);
  expect(mentions.edges).toContainEqual({ node: { message: { id } } });
});

test('others are notified, and the account is again after the mute', async () => {
  const eve = messaging.person();
  await names.user(eve, `eve-${eve.id}`);
  await ada.does('mutation ($id: ID!, $u: [ID!]!) { addMembers(channelId: $id, userIds: $u) { id } }', {
    id: channelId,
    u: [eve.id],
  });
  await mutes();
  const live = await eve.follows(INBOX);
  await ada.sends(channelId, '@all hello');
  for (;;) {
    const [{ inbox: event }] = await live.take(1);
    if (event.__typename === 'Mentioned') break;
  }
  await live.end();
  await bob.does(UNMUTE, { id: channelId });
  const after = await cursor();
  await ada.sends(channelId, '@all again');
  expect(await announced(after)).toEqual(['@all again']);
});

test('a direct channel can be muted', async () => {
  const { openDirectChannel } = await ada.does('mutation ($u: [ID!]!) { openDirectChannel(userIds: $u) { id } }', {
    u: [bob.id],
  });
  await mutes(null, openDirectChannel.id);
  const after = await cursor();
  await ada.sends(openDirectChannel.id, 'psst');
  expect(await announced(after)).toEqual([]);
  await bob.does(UNMUTE, openDirectChannel);
  const unmuted = await cursor();
  await ada.sends(openDirectChannel.id, 'hello');
  expect(await announced(unmuted)).toEqual(['hello']);
});

test('a mute has an end, lasts without one, and is over in the past', async () => {
  const until = inAnHour();
  expect(await mutes(until)).toEqual({ notificationsMutedUntil: until.toISOString() });
  expect((await mutes()).notificationsMutedUntil).toMatch(/^9999/);
  expect(await mutes(new Date(Date.now() - 1000))).toEqual({ notificationsMutedUntil: null });
  const after = await cursor();
  await ada.sends(channelId, '@all over');
  expect(await announced(after)).toEqual(['@all over']);
  await mutes(until);
  expect((await bob.does(UNMUTE, { id: channelId })).unmuteChannel).toEqual({ notificationsMutedUntil: null });
});

test('other devices of the account hear of it, once per change', async () => {
  const live = await bob.follows(INBOX);
  const until = inAnHour();
  await mutes(until);
  await mutes(until);
  await bob.does(UNMUTE, { id: channelId });
  await bob.does(UNMUTE, { id: channelId });
  await ada.sends(elsewhere, '@all end');
  const events: any[] = [];
  while (events.at(-1)?.__typename !== 'Mentioned') {
    const [{ inbox: event }] = await live.take(1);
    if (event.__typename !== 'UnreadChanged') events.push(event);
  }
  expect(events.map(({ __typename }) => __typename)).toEqual([
    'NotificationsChanged',
    'NotificationsChanged',
    'Mentioned',
  ]);
  expect(events[0].channel.id).toBe(channelId);
  await live.end();
});

test('requires membership', async () => {
  const eve = messaging.person();
  expect(await eve.isRefused(MUTE, { id: channelId })).toEqual({ code: 'NOT_FOUND' });
  const open = await ada.creates({ type: 'PUBLIC' });
  for (const operation of [MUTE, UNMUTE])
    expect(await eve.isRefused(operation, { id: open })).toEqual({ code: 'FORBIDDEN' });
});
