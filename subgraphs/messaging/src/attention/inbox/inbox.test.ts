/** The inbox: mentions, direct messages, unread counts and memberships. Also read markers and typing. */
import { ConnectionRegistry } from '@chat/identity-client/presence/connections';
import type { Bell } from '@chat/kit/events/bell';
import { createLogger } from '@chat/kit/logging';
import { Redis } from 'ioredis';
import { whileHeld } from '../../testing/in-turn';
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';
import { InboxFeed } from './inbox-feed';
import { watchStatements } from '../../testing/statements';
import { openTestNames, type TestNames } from '../../testing/test-names';

let messaging: TestMessaging;
let names: TestNames;
let ada: Person;
let bob: Person;
let eve: Person;

beforeAll(async () => {
  messaging = await startTestMessaging({ MESSAGE_MAX_NOTIFIED: '3' });
  names = await openTestNames(messaging);
  [ada, bob, eve] = [messaging.person(), messaging.person(), messaging.person()];
  await names.user(ada, 'Ada.L');
  await names.user(bob, 'bob');
  await names.user(eve, 'eve');
  await names.group('engine', [ada, bob]);
});
afterAll(async () => {
  await names[Symbol.asyncDispose]();
  await messaging[Symbol.asyncDispose]();
});

const INBOX = `subscription ($after: String) { inbox(after: $after) { __typename cursor
  ... on Mentioned { message { id body channel { name } } } ... on DirectMessageReceived { message { body } }
  ... on UnreadChanged { channel { id } unreadCount mentionCount } ... on ChannelJoined { channel { id } }
  ... on ChannelLeft { channelId } } }`;
const COUNTS = 'query ($id: ID!) { channel(id: $id) { viewerMembership { unreadCount mentionCount } } }';
const READ = `mutation ($c: ID!, $m: ID!) { markRead(channelId: $c, messageId: $m) { unreadCount mentionCount lastReadMessage { id } } }`;

const counts = async (person: Person, id: string) => (await person.does(COUNTS, { id })).channel.viewerMembership;

/** The next events of an inbox that are not about unread counts. */
async function durable(inbox: { take(count: number): Promise<any[]> }, count: number): Promise<any[]> {
  const events: any[] = [];
  while (events.length < count) {
    const [{ inbox: event }] = await inbox.take(1);
    if (event.__typename !== 'UnreadChanged') events.push(event);
  }
  return events;
}

test('names, groups and @channel mention members, once each, and never the author', async () => {
  const channelId = await ada.creates({ members: [bob] });
  const inbox = await bob.follows(INBOX);
  const bodies = ['hi @BOB.', 'dear @engine and @bob', 'all of @channel', 'mail bob@bob `@bob` @bobby'];
  const sent = [];
  for (const body of bodies) sent.push(await ada.sends(channelId, body, { select: 'id mentions { id }' }));
  expect(sent.map(({ mentions }) => mentions)).toEqual([[{ id: bob.id }], [{ id: bob.id }], [], []]);
  const mentioned = await durable(inbox, 3);
  await inbox.end();
  expect(mentioned.map((event) => event.message.id)).toEqual(sent.slice(0, 3).map(({ id }) => id));
  expect(await counts(bob, channelId)).toEqual({ unreadCount: 4, mentionCount: 3 });
  expect(await counts(ada, channelId)).toEqual({ unreadCount: 0, mentionCount: 0 });
});

test('messages that mention or reply share their round trips with others', async () => {
  const channelId = await ada.creates({ members: [bob] });
  const { id: parentId } = await ada.sends(channelId, 'what do you think?');
  const answer = { parentId, select: 'mentions { id } parent { id }' };
  using statements = watchStatements();
  const sent = await Promise.all(Array.from({ length: 20 }, (_, i) => ada.sends(channelId, `@bob says ${i}`, answer)));
  expect(sent).toEqual(sent.map(() => ({ mentions: [{ id: bob.id }], parent: { id: parentId } })));
  // As they come together, or some of them while the first are under way. Members are read by other work alone.
  for (const shared of ['identity.users', 'messaging.send_messages(', 'messaging.members'])
    expect(statements.with(shared)).toBeLessThan(6);
  expect(await counts(bob, channelId)).toEqual({ unreadCount: 21, mentionCount: 20 });
});

const EDIT = 'mutation ($id: ID!, $b: String!) { editMessage(id: $id, body: $b) { mentions { id } } }';

test('an edit notifies new mentions once, and withdraws removed ones', async () => {
  const channelId = await ada.creates({ members: [bob, eve] });
  const inbox = await bob.follows(INBOX);
  const { id } = await ada.sends(channelId, 'hello @eve');
  const edit = async (b: string) => (await ada.does(EDIT, { id, b })).editMessage.mentions;
  const mentionsOf = async (person: Person) => (await counts(person, channelId)).mentionCount;
  expect(await edit('hello @eve and @bob')).toHaveLength(2);
  expect([await mentionsOf(bob), await mentionsOf(eve)]).toEqual([1, 1]);
  expect(await edit('hello @eve')).toEqual([{ id: eve.id }]);
  expect([await mentionsOf(bob), await mentionsOf(eve)]).toEqual([0, 1]);
  await edit('hello @engine'); // of which bob is one
  expect([await mentionsOf(bob), await mentionsOf(eve)]).toEqual([1, 0]);
  await bob.does(READ, { c: channelId, m: id });
  await edit('hello');
  await edit('hello @bob');
  expect(await counts(bob, channelId)).toEqual({ unreadCount: 0, mentionCount: 0 });
  const next = await ada.sends(channelId, 'the next @bob');
  expect(await counts(bob, channelId)).toEqual({ unreadCount: 1, mentionCount: 1 });
  expect((await durable(inbox, 2)).map(({ __typename, message }) => [__typename, message.id])).toEqual([
    ['Mentioned', id],
    ['Mentioned', next.id],
  ]);
  await inbox.end();
});

test('a deleted message has no mentions and is not unread', async () => {
  const channelId = await ada.creates({ members: [bob] });
  const { id } = await ada.sends(channelId, 'hello @channel');
  expect(await counts(bob, channelId)).toEqual({ unreadCount: 1, mentionCount: 1 });
  const inbox = await bob.follows(INBOX);
  await ada.does('mutation ($id: ID!) { deleteMessage(id: $id) { id } }', { id });
  let last: any;
  do [{ inbox: last }] = await inbox.take(1);
  while (last.__typename !== 'UnreadChanged' || last.mentionCount !== 0);
  expect(await counts(bob, channelId)).toEqual({ unreadCount: 0, mentionCount: 0 });
  await inbox.end();
});

test('deleted messages are not unread, before and after a read marker, in every channel of a request', async () => {
  const [one, other] = [await ada.creates({ members: [bob] }), await ada.creates({ members: [bob] })];
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) ids.push((await ada.sends(one, `${i}`)).id);
  const { id: alone } = await ada.sends(other, 'alone');
  const remove = (id: string) => ada.does('mutation ($id: ID!) { deleteMessage(id: $id) { id } }', { id });
  for (const id of [ids[1]!, ids[3]!, ids[4]!, alone]) await remove(id);
  const both = 'query ($a: ID!, $b: ID!) { a: channel(id: $a) { ...U } b: channel(id: $b) { ...U } }';
  const unread = 'fragment U on Channel { viewerMembership { unreadCount } }';
  const { a, b } = await bob.does(`${both} ${unread}`, { a: one, b: other });
  expect([a, b].map(({ viewerMembership }: any) => viewerMembership.unreadCount)).toEqual([2, 0]);
  const { markRead } = await bob.does(READ, { c: one, m: ids[1] });
  expect(markRead.unreadCount).toBe(1);
  expect((await bob.does(READ, { c: one, m: ids[2] })).markRead.unreadCount).toBe(0);
});

test('@here notifies online members, who keep the mention when they go offline', async () => {
  const channelId = await ada.creates({ members: [bob, eve] });
  const redis = new Redis(messaging.config.REDIS_URL);
  const registry = new ConnectionRegistry(redis, createLogger('test', 'silent'), messaging.config.REDIS_PREFIX);
  registry.connected(bob.id, 'a tab');
  registry.connected(ada.id, 'her own');
  await registry.settled();
  const { id } = await ada.sends(channelId, 'is anybody @here?');
  expect([await counts(bob, channelId), await counts(eve, channelId)]).toMatchObject([
    { mentionCount: 1 },
    { mentionCount: 0 },
  ]);
  registry.disconnected(bob.id, 'a tab');
  registry.connected(eve.id, 'late');
  await registry.settled();
  await ada.does(EDIT, { id, b: 'is anyone @here?' });
  expect([await counts(bob, channelId), await counts(eve, channelId)]).toMatchObject([
    { mentionCount: 1 },
    { mentionCount: 0 },
  ]);
  await ada.sends(channelId, '@here again');
  expect([await counts(bob, channelId), await counts(eve, channelId)]).toMatchObject([
    { mentionCount: 1 },
    { mentionCount: 1 },
  ]);
  await registry[Symbol.asyncDispose]();
  redis.disconnect();
});

test('accounts that are not members are mentioned but not notified', async () => {
  const channelId = await ada.creates();
  const { mentions } = await ada.sends(channelId, 'ask @eve', { select: 'mentions { id }' });
  expect(mentions).toEqual([{ id: eve.id }]);
  const inbox = await eve.follows(INBOX);
  await ada.does('mutation ($c: ID!, $u: [ID!]!) { addMembers(channelId: $c, userIds: $u) { id } }', {
    c: channelId,
    u: [eve.id],
  });
  expect((await durable(inbox, 1))[0]).toMatchObject({ __typename: 'ChannelJoined', channel: { id: channelId } });
  await inbox.end();
});

test('only existing accounts can be added or assigned tickets', async () => {
  const stranger = messaging.person().id;
  const input = { name: 'x', memberIds: [bob.id, stranger] };
  expect(
    await ada.isRefused('mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id } }', { input }),
  ).toMatchObject({ code: 'BAD_USER_INPUT', fields: { memberIds: expect.stringContaining(stranger) } });
  expect(
    await ada.isRefused('mutation ($u: [ID!]!) { openDirectChannel(userIds: $u) { id } }', { u: [stranger] }),
  ).toMatchObject({ code: 'BAD_USER_INPUT' });
  const { createProject: project } = await ada.does(
    'mutation { createProject(input: { key: "WHO", name: "Who" }) { id } }',
  );
  const add =
    'mutation ($p: ID!, $u: [ID!]!) { addProjectMembers(projectId: $p, userIds: $u) { members { user { id } } } }';
  for (const u of [[stranger], ['nobody'], Array.from({ length: 501 }, () => bob.id)])
    expect(await ada.isRefused(add, { p: project.id, u })).toMatchObject({ fields: { userIds: expect.any(String) } });
  const open = 'mutation ($input: CreateTicketInput!) { createTicket(input: $input) { number } }';
  const ticket = { projectId: project.id, title: 'x' };
  expect(await ada.isRefused(open, { input: { ...ticket, assigneeId: stranger } })).toMatchObject({
    fields: { assigneeId: expect.stringContaining(stranger) },
  });
  expect((await ada.does(open, { input: { ...ticket, assigneeId: bob.id } })).createTicket.number).toBe(1);
});

test('too many names are refused, and so is @channel in a channel that is too large', async () => {
  const post = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';
  const another = messaging.person();
  await names.user(another, 'another');
  const channelId = await ada.creates({ members: [bob, eve, another] });
  const many = Array.from({ length: 3000 }, (_, i) => `@n${i}`).join(' ');
  const tenThousand = '@a'.repeat(10_000);
  for (const body of [many, tenThousand, '@channel now', '@here now']) {
    expect(await ada.isRefused(post, { input: { channelId, body } })).toMatchObject({ code: 'BAD_USER_INPUT' });
  }
});

test('read markers only move forward, and counts stay exact', async () => {
  const channelId = await ada.creates({ members: [bob] });
  const ids: string[] = [];
  for (const body of ['one @bob', 'two', 'three @bob', 'four']) ids.push((await ada.sends(channelId, body)).id);
  const read = async (m: string) => (await bob.does(READ, { c: channelId, m })).markRead;
  expect(await read(ids[1]!)).toEqual({ unreadCount: 2, mentionCount: 1, lastReadMessage: { id: ids[1] } });
  expect(await read(ids[0]!)).toEqual({ unreadCount: 2, mentionCount: 1, lastReadMessage: { id: ids[1] } });
  expect(await read(ids[3]!)).toEqual({ unreadCount: 0, mentionCount: 0, lastReadMessage: { id: ids[3] } });
  await ada.sends(channelId, 'five');
  await bob.sends(channelId, 'who answers has read');
  expect(await counts(bob, channelId)).toEqual({ unreadCount: 0, mentionCount: 0 });
  const elsewhere = await bob.sends(await bob.creates(), 'elsewhere');
  expect(await bob.isRefused(READ, { c: channelId, m: elsewhere.id })).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await eve.isRefused(READ, { c: channelId, m: ids[0] })).toEqual({ code: 'NOT_FOUND' });
});

test('a mention that commits while the marker moves stays unread', async () => {
  const channelId = await ada.creates({ members: [bob] });
  const { id } = await ada.sends(channelId, 'hello');
  let read: Promise<unknown>;
  await whileHeld(
    messaging,
    async (client) => {
      const place = [channelId, bob.id];
      await client.query('insert into messaging.mentions (channel_id, user_id, seq) values ($1, $2, 2)', place);
      const count =
        'update messaging.members set mention_count = mention_count + 1 where channel_id = $1 and user_id = $2';
      await client.query(count, place);
    },
    async (wait) => {
      read = bob.does(READ, { c: channelId, m: id });
      await wait(1);
    },
  );
  await read!;
  expect(await counts(bob, channelId)).toEqual({ unreadCount: 0, mentionCount: 1 });
});

test('the inbox resumes without loss or repetition, and sends unread channels', async () => {
  const { openDirectChannel: direct } = await ada.does(
    'mutation ($u: [ID!]!) { openDirectChannel(userIds: $u) { id } }',
    {
      u: [bob.id],
    },
  );
  const inbox = await bob.follows(INBOX);
  await ada.sends(direct.id, 'one');
  await ada.sends(direct.id, 'two');
  const seen: any[] = [];
  let unread = 0;
  while (seen.length < 2 || unread < 2) {
    const [{ inbox: event }] = await inbox.take(1);
    if (event.__typename === 'UnreadChanged') unread = event.unreadCount;
    else seen.push(event);
  }
  expect(seen.map((event) => [event.__typename, event.message.body])).toEqual([
    ['DirectMessageReceived', 'one'],
    ['DirectMessageReceived', 'two'],
  ]);
  await inbox.end();
  await ada.sends(direct.id, 'three');
  const resumed = await bob.follows(INBOX, { after: seen[0].cursor });
  expect((await durable(resumed, 2)).map((event) => event.message.body)).toEqual(['two', 'three']);
  await resumed.end();
  await expect(ada.follows(INBOX, { after: seen[0].cursor })).rejects.toThrow('BAD_USER_INPUT');
});

test('when Redis is back, the inbox sends unread channels, because it may have missed messages', async () => {
  const listeners: (() => void)[] = [];
  const bell = {
    listen: () => Promise.resolve(() => undefined),
    onReconnected: (back: () => void) => listeners.push(back),
  };
  const silent = { next: () => new Promise<never>(() => undefined), takeWaiting: () => [] };
  const unreadAnywhere = () => Promise.resolve(['one', 'of somebody else', 'two']);
  const inbox = new InboxFeed(silent, bell as unknown as Bell, ['one', 'two', 'read'], unreadAnywhere, 0);
  const next = inbox.next();
  for (const back of listeners) back();
  expect([await next, await inbox.next()].map(({ value }) => value)).toEqual([
    { kind: 'unread', channelId: 'one' },
    { kind: 'unread', channelId: 'two' },
  ]);
});

test('after leaving, the inbox sends ChannelLeft and nothing more of the channel', async () => {
  const channelId = await ada.creates({ members: [bob] });
  const inbox = await bob.follows(INBOX);
  await bob.does('mutation ($c: ID!) { leaveChannel(channelId: $c) }', { c: channelId });
  await ada.sends(channelId, 'hello @bob');
  const { openDirectChannel: direct } = await ada.does(
    'mutation ($u: [ID!]!) { openDirectChannel(userIds: $u) { id } }',
    {
      u: [bob.id],
    },
  );
  await ada.sends(direct.id, 'and here');
  const events = await durable(inbox, 2);
  await inbox.end();
  expect(events.map((event) => event.channelId ?? event.message.body)).toEqual([channelId, 'and here']);
});

test('followers of the channel see typing and read markers', async () => {
  const channelId = await ada.creates({ members: [bob] });
  const { id } = await ada.sends(channelId, 'read me');
  const activity = `subscription ($c: ID!) { channelActivity(channelId: $c) { __typename
    ... on TypingStarted { user { id } } ... on ReadMarkerMoved { user { id } messageId } } }`;
  expect(await eve.mayFollow(activity, { c: channelId })).toBe(false);
  const live = await ada.follows(activity, { c: channelId });
  await bob.does('mutation ($c: ID!) { setTyping(channelId: $c) }', { c: channelId });
  await bob.does(READ, { c: channelId, m: id });
  expect((await live.take(2)).map(({ channelActivity }) => channelActivity)).toEqual([
    { __typename: 'TypingStarted', user: { id: bob.id } },
    { __typename: 'ReadMarkerMoved', user: { id: bob.id }, messageId: id },
  ]);
  await live.end();
  expect(await eve.isRefused('mutation ($c: ID!) { setTyping(channelId: $c) }', { c: channelId })).toEqual({
    code: 'NOT_FOUND',
  });
});
