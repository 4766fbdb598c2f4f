/** Channels and members: visibility, joining and leaving, permissions, settings and lists. */
import { watchAccessChanges } from '@chat/identity-client/access/access-changes';
import { newId } from '@chat/kit/ids';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { watchStatements } from '../testing/statements';
import { startTestMessaging, type Person, type TestMessaging } from '../testing/test-messaging';

let messaging: TestMessaging;
let ada: Person;
let bob: Person;
let eve: Person;

beforeAll(async () => (messaging = await startTestMessaging()));
afterAll(() => messaging[Symbol.asyncDispose]());
beforeEach(() => {
  [ada, bob, eve] = [messaging.person(), messaging.person(), messaging.person()];
});

const CHANNEL =
  'query ($id: ID!) { channel(id: $id) { memberCount viewerMembership { role } members { role user { id } } } }';
const LIST = `query ($search: String, $first: Int, $after: String, $last: Int, $before: String) {
  channels(search: $search, first: $first, after: $after, last: $last, before: $before) {
    edges { node { id name } } pageInfo { hasNextPage endCursor hasPreviousPage startCursor } } }`;
const JOIN = 'mutation ($id: ID!) { joinChannel(channelId: $id) { viewerMembership { role } } }';
const LEAVE = 'mutation ($id: ID!) { leaveChannel(channelId: $id) }';
const ADD = 'mutation ($id: ID!, $u: [ID!]!) { addMembers(channelId: $id, userIds: $u) { memberCount } }';
const REMOVE = 'mutation ($id: ID!, $u: ID!) { removeMember(channelId: $id, userId: $u) { memberCount } }';
const DIRECT = 'mutation ($u: [ID!]!) { openDirectChannel(userIds: $u) { id type members { user { id } } } }';
const UPDATE =
  'mutation ($input: UpdateChannelInput!) { updateChannel(input: $input) { name topic slowModeSeconds retentionDays } }';
const CREATE = 'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id type } }';

async function connect(): Promise<Client & AsyncDisposable> {
  const client = new Client({ connectionString: messaging.config.DATABASE_URL });
  await client.connect();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

test('a private channel exists for its members only', async () => {
  const id = await ada.creates({ members: [bob] });
  expect((await ada.does(CHANNEL, { id })).channel).toMatchObject({
    memberCount: 2,
    viewerMembership: { role: 'OWNER' },
  });
  expect((await bob.does(CHANNEL, { id })).channel.viewerMembership).toEqual({ role: 'MEMBER' });
  for (const unknown of [id, newId(), 'nonsense']) {
    expect(await eve.isRefused(CHANNEL, { id: unknown })).toEqual({ code: 'NOT_FOUND' });
    expect(await eve.isRefused(JOIN, { id: unknown })).toEqual({ code: 'NOT_FOUND' });
    expect(await eve.isRefused(ADD, { id: unknown, u: [eve.id] })).toEqual({ code: 'NOT_FOUND' });
  }
  expect(await bob.isRefused(ADD, { id, u: [eve.id] })).toEqual({ code: 'FORBIDDEN' });
  expect((await ada.does(ADD, { id, u: [eve.id, eve.id] })).addMembers.memberCount).toBe(3);
  expect((await eve.does(CHANNEL, { id })).channel.members).toHaveLength(3);
});

test('all accounts read a public channel, members write in it, and leaving ends following', async () => {
  const id = await ada.creates({ type: 'PUBLIC' });
  const follow = 'subscription ($id: ID!) { messageAdded(channelId: $id) { id } }';
  const input = { channelId: id, body: 'hello' };
  const post = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';
  expect((await eve.does(CHANNEL, { id })).channel.viewerMembership).toBeNull();
  expect(await eve.isRefused(post, { input })).toEqual({ code: 'FORBIDDEN' });
  expect(await eve.mayFollow(follow, { id })).toBe(true);
  expect((await eve.does(JOIN, { id })).joinChannel.viewerMembership).toEqual({ role: 'MEMBER' });
  expect((await eve.does(post, { input })).sendMessage.id).toBeDefined();
  expect((await eve.does(LEAVE, { id })).leaveChannel).toBe(true);
  expect(await eve.mayFollow(follow, { id })).toBe(false);
  expect((await ada.does(CHANNEL, { id })).channel.memberCount).toBe(1);
  await eve.does(JOIN, { id });
  expect(await eve.mayFollow(follow, { id })).toBe(true);
});

test('a grant to read a private channel does not allow joining it', async () => {
  const id = await ada.creates();
  await using client = await connect();
  await client.query(`create schema if not exists identity;
    create table identity.effective_grants (user_id uuid, resource_type text, resource_id text, permission text)`);
  await client.query(`insert into identity.effective_grants values ($1, 'Channel', $2, 'READ')`, [eve.id, id]);
  expect((await eve.does(CHANNEL, { id })).channel.viewerMembership).toBeNull();
  expect(await eve.isRefused(JOIN, { id })).toEqual({ code: 'FORBIDDEN' });
  await ada.does(ADD, { id, u: [eve.id] });
  expect((await eve.does(JOIN, { id })).joinChannel.viewerMembership).toEqual({ role: 'MEMBER' });
});

test('the mutation publishes lost access, and the outbox does so if the process dies first', async () => {
  const id = await ada.creates({ members: [bob] });
  const redis = new Redis(messaging.config.REDIS_URL);
  const twice = Promise.withResolvers<void>();
  let heard = 0;
  const stop = watchAccessChanges(
    redis,
    ({ userId }) => userId === bob.id && ++heard === 2 && twice.resolve(),
    messaging.config.REDIS_PREFIX,
  );
  await redis.ping(); // subscribed before, as commands keep their order
  await bob.does(LEAVE, { id });
  await twice.promise;
  await stop();
  redis.disconnect();
});

test('ids in capitals are the same ids, in subscriptions as well', async () => {
  const id = await ada.creates({ members: [bob, eve] });
  const inboxes = await Promise.all(
    [bob, eve].map((person) =>
      person.follows('subscription { inbox { __typename ... on ChannelLeft { channelId } } }'),
    ),
  );
  const events = await ada.follows('subscription ($id: ID!) { channelEvents(channelId: $id) { __typename } }', { id });
  const redis = new Redis(messaging.config.REDIS_URL);
  const heard = new Set<string | undefined>();
  const stop = watchAccessChanges(redis, ({ userId }) => heard.add(userId), messaging.config.REDIS_PREFIX);
  await redis.ping();
  const capitals = { id: id.toUpperCase(), u: bob.id.toUpperCase() };
  await ada.does(UPDATE, { input: { id: capitals.id, topic: 'capitals' } });
  await ada.does(REMOVE, capitals);
  await ada.does('mutation ($id: ID!, $u: ID!) { banMember(channelId: $id, userId: $u) }', {
    ...capitals,
    u: eve.id.toUpperCase(),
  });
  for (const inbox of inboxes) {
    expect(await inbox.take(1)).toEqual([{ inbox: { __typename: 'ChannelLeft', channelId: id } }]);
    await inbox.end();
  }
  expect((await events.take(3)).map(({ channelEvents }) => channelEvents.__typename)).toEqual([
    'ChannelUpdated',
    'MembersChanged',
    'MembersChanged',
  ]);
  await redis.ping();
  expect([bob.id, eve.id].every((userId) => heard.has(userId))).toBe(true);
  await events.end();
  await stop();
  redis.disconnect();
});

test('nested fields of channels and messages are loaded in one batch per list', async () => {
  const who = messaging.person();
  const ids = await Promise.all([1, 2, 3].map(() => who.creates({ members: [bob] })));
  for (const id of ids) {
    const { id: parentId } = await who.sends(id, `in ${id}`);
    await bob.sends(id, 'yes', { parentId });
    await who.does('mutation ($id: ID!) { pinMessage(id: $id) { id } }', { id: parentId });
  }
  using statements = watchStatements();
  const { channels } =
    await who.does(`{ channels(search: "a channel", first: 100) { edges { node { id viewerMembership { role }
    members(first: 2) { role } pinnedMessages { body } messages(last: 2) { edges { node { body edits { body }
      replies(first: 1) { edges { node { body } } } } } } } } } }`);
  expect(statements.with('messaging.')).toBeLessThan(9);
  const own = channels.edges.filter(({ node }: any) => ids.includes(node.id));
  expect(own).toHaveLength(3);
  for (const { node } of own) {
    expect(node.members).toHaveLength(2);
    expect(node.pinnedMessages).toEqual([{ body: `in ${node.id}` }]);
    const [parent, reply] = node.messages.edges.map((edge: any) => edge.node);
    expect([parent.body, reply.body]).toEqual([`in ${node.id}`, 'yes']);
    expect(parent.replies.edges).toEqual([{ node: { body: 'yes' } }]);
    expect(reply.replies.edges).toEqual([]);
  }
});

test('text that no name can contain is refused without a search', async () => {
  const cursor = (...values: unknown[]) => Buffer.from(JSON.stringify(['channels', ...values])).toString('base64url');
  const wrong = [
    { search: 'a\0' },
    { search: 'x'.repeat(81) },
    { after: cursor('a\0', newId()) },
    { after: cursor(1, newId()) },
  ];
  for (const variables of wrong) expect(await ada.isRefused(LIST, variables)).toMatchObject({ code: 'BAD_USER_INPUT' });
});

test('adding many accounts takes as many statements as adding one', async () => {
  const id = await ada.creates();
  const people = Array.from({ length: 200 }, newId);
  using statements = watchStatements();
  expect((await ada.does(ADD, { id, u: [bob.id] })).addMembers.memberCount).toBe(2);
  const one = statements.with('messaging.');
  expect((await ada.does(ADD, { id, u: people })).addMembers.memberCount).toBe(202);
  // Jobs may run statements of their own meanwhile.
  expect(statements.with('messaging.')).toBeLessThan(2 * one + 10);
});

test('guests read public channels and write in channels that they are members of', async () => {
  const guest = messaging.person('GUEST');
  const open = await ada.creates({ type: 'PUBLIC' });
  expect((await guest.does(CHANNEL, { id: open })).channel.memberCount).toBe(1);
  expect(await guest.isRefused(JOIN, { id: open })).toEqual({ code: 'FORBIDDEN' });
  expect(await guest.isRefused(CREATE, { input: { name: 'mine' } })).toEqual({ code: 'FORBIDDEN' });
  const id = await ada.creates({ members: [guest] });
  expect((await guest.sends(id, 'thanks', { select: 'body' })).body).toBe('thanks');
});

test('a set of accounts has one direct channel, even if all open it at once', async () => {
  const opened = await Promise.all([
    ada.does(DIRECT, { u: [bob.id] }),
    bob.does(DIRECT, { u: [ada.id] }),
    ada.does(DIRECT, { u: [bob.id, bob.id, ada.id] }),
  ]);
  const ids = opened.map(({ openDirectChannel }) => openDirectChannel.id);
  expect(new Set(ids).size).toBe(1);
  expect(opened[0].openDirectChannel.members).toHaveLength(2);
  expect(await eve.isRefused(CHANNEL, { id: ids[0] })).toEqual({ code: 'NOT_FOUND' });
  expect(await ada.isRefused(ADD, { id: ids[0], u: [eve.id] })).toEqual({ code: 'FORBIDDEN' });
  expect(await ada.isRefused(LEAVE, { id: ids[0] })).toEqual({ code: 'FORBIDDEN' });
  expect(await ada.isRefused(DIRECT, { u: ['nobody'] })).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await ada.isRefused(DIRECT, { u: Array.from({ length: 9 }, newId) })).toMatchObject({
    code: 'BAD_USER_INPUT',
  });
});

test('moderators remove members; when the last owner leaves, a member becomes owner', async () => {
  const id = await ada.creates({ members: [bob, eve] });
  expect(await bob.isRefused(REMOVE, { id, u: eve.id })).toEqual({ code: 'FORBIDDEN' });
  expect(await ada.isRefused(REMOVE, { id, u: newId() })).toEqual({ code: 'NOT_FOUND' });
  expect((await ada.does(REMOVE, { id, u: eve.id })).removeMember.memberCount).toBe(2);
  expect(await eve.isRefused(CHANNEL, { id })).toEqual({ code: 'NOT_FOUND' });
  await ada.does(LEAVE, { id });
  expect((await bob.does(CHANNEL, { id })).channel.viewerMembership.role).toBe('OWNER');
});

test('moderators change settings, and values are validated', async () => {
  const id = await ada.creates({ members: [bob] });
  expect(await bob.isRefused(UPDATE, { input: { id, name: 'x' } })).toEqual({ code: 'FORBIDDEN' });
  const input = { id, topic: 'why', slowModeSeconds: 5, retentionDays: 30 };
  expect((await ada.does(UPDATE, { input })).updateChannel).toEqual({
    name: 'a channel',
    topic: 'why',
    slowModeSeconds: 5,
    retentionDays: 30,
  });
  expect((await ada.does(UPDATE, { input: { id, topic: '', retentionDays: 0 } })).updateChannel).toMatchObject({
    topic: null,
    slowModeSeconds: 5,
    retentionDays: null,
  });
  for (const wrong of [{ name: ' ' }, { name: 'x'.repeat(81) }, { name: 'a\u0000' }, { slowModeSeconds: -1 }])
    expect(await ada.isRefused(UPDATE, { input: { id, ...wrong } })).toMatchObject({ code: 'BAD_USER_INPUT' });
});

test("the list has public channels and the viewer's own, paged by name, and nothing else", async () => {
  const tag = newId();
  const make = async (owner: Person, name: string, type: string) =>
    (await owner.does(CREATE, { input: { name: `${tag} ${name}`, type } })).createChannel.id as string;
  await make(ada, 'B', 'PUBLIC');
  await make(bob, 'a', 'PRIVATE');
  await make(ada, 'hidden', 'PRIVATE');
  await make(bob, 'C 50%', 'PUBLIC');
  const names = (data: any) => data.channels.edges.map((edge: any) => edge.node.name.slice(tag.length + 1));
  const first = await bob.does(LIST, { search: tag.toUpperCase(), first: 2 });
  expect(names(first)).toEqual(['a', 'B']);
  expect(first.channels.pageInfo.hasNextPage).toBe(true);
  expect(names(await bob.does(LIST, { search: tag, first: 2, after: first.channels.pageInfo.endCursor }))).toEqual([
    'C 50%',
  ]);
  expect(names(await bob.does(LIST, { search: tag, last: 2 }))).toEqual(['B', 'C 50%']);
  expect(names(await bob.does(LIST, { search: `${tag} c 50%` }))).toEqual(['C 50%']);
  expect(names(await eve.does(LIST, { search: tag }))).toEqual(['B', 'C 50%']);
});
