/** The inbox as a client loads it: the cursor to follow it from, own channels by activity, and past mentions. */
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';
import { openTestNames, type TestNames } from '../../testing/test-names';

let messaging: TestMessaging;
let names: TestNames;
let ada: Person;
let bob: Person;

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
});

const CURSOR = '{ inbox { cursor } }';
const FOLLOW = `subscription ($after: String) { inbox(after: $after) { __typename cursor
  ... on Mentioned { message { body } } ... on ChannelJoined { channel { id } } } }`;
const PAGE = '$first: Int, $after: String, $last: Int, $before: String';
const GIVEN = 'first: $first, after: $after, last: $last, before: $before';
const CHANNELS = `query ($archived: Boolean = false, ${PAGE}) { inbox { channels(includeArchived: $archived, ${GIVEN}) {
  edges { node { id lastActivityAt } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
const MENTIONS = `query (${PAGE}) { inbox { mentions(${GIVEN}) {
  edges { node { isUnread message { id body channel { id } } } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
const READ = 'mutation ($c: ID!, $m: ID!) { markRead(channelId: $c, messageId: $m) { mentionCount } }';
const EDIT = 'mutation ($id: ID!, $body: String!) { editMessage(id: $id, body: $body) { id } }';
const REMOVE = 'mutation ($id: ID!) { deleteMessage(id: $id) { id } }';

const channelsOf = async (person: Person, given: object = {}) => {
  const { edges, pageInfo } = (await person.does(CHANNELS, given)).inbox.channels;
  return { ids: edges.map(({ node }: any) => node.id) as string[], ...pageInfo };
};
const mentionsOf = async (person: Person, given: object = {}) => {
  const { edges, pageInfo } = (await person.does(MENTIONS, given)).inbox.mentions;
  return { bodies: edges.map(({ node }: any) => node.message.body) as string[], edges, ...pageInfo };
};

test('the cursor starts the subscription, without an event lost in between', async () => {
  const channelId = await ada.creates({ members: [bob] });
  const { cursor } = (await bob.does(CURSOR)).inbox;
  await ada.sends(channelId, `@bob-${bob.id} between`);
  const later = await ada.creates({ members: [bob] });
  const live = await bob.follows(FOLLOW, { after: cursor });
  const events = [];
  while (events.length < 2) {
    const [{ inbox: event }] = await live.take(1);
    if (event.__typename !== 'UnreadChanged') events.push(event);
  }
  expect(events).toMatchObject([
    { __typename: 'Mentioned', message: { body: `@bob-${bob.id} between` } },
    { __typename: 'ChannelJoined', channel: { id: later } },
  ]);
  await live.end();
  expect((await bob.does(CURSOR)).inbox.cursor).toBe(events[1].cursor);
});

test('an account without events has a cursor too', async () => {
  const { cursor } = (await bob.does(CURSOR)).inbox;
  const channelId = await ada.creates({ members: [bob] });
  const live = await bob.follows(FOLLOW, { after: cursor });
  expect(await live.take(1)).toMatchObject([{ inbox: { __typename: 'ChannelJoined', channel: { id: channelId } } }]);
  await live.end();
});

describe('channels', () => {
  test('are own ones, the latest activity first', async () => {
    const first = await ada.creates({ members: [bob] });
    const second = await ada.creates({ type: 'PUBLIC', members: [bob] });
    await ada.creates({ type: 'PUBLIC' }); // not one of bob's
    const direct = (await bob.does('mutation ($u: [ID!]!) { openDirectChannel(userIds: $u) { id } }', { u: [ada.id] }))
      .openDirectChannel.id;
    expect((await channelsOf(bob)).ids).toEqual([direct, second, first]);
    const { createdAt } = await ada.sends(first, 'activity', { select: 'createdAt' });
    expect((await channelsOf(bob)).ids).toEqual([first, direct, second]);
    const { edges } = (await bob.does(CHANNELS, { first: 1 })).inbox.channels;
    expect(edges).toEqual([{ node: { id: first, lastActivityAt: createdAt } }]);
    await bob.does('mutation ($id: ID!) { leaveChannel(channelId: $id) }', { id: second });
    expect((await channelsOf(bob)).ids).toEqual([first, direct]);
  });

  test('come in pages, in both directions', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) ids.unshift(await ada.creates({ members: [bob] }));
    const page = await channelsOf(bob, { first: 2 });
    expect(page).toMatchObject({ ids: ids.slice(0, 2), hasNextPage: true, hasPreviousPage: false });
    const next = await channelsOf(bob, { first: 3, after: page.endCursor });
    expect(next).toMatchObject({ ids: ids.slice(2), hasNextPage: false, hasPreviousPage: true });
    expect(await channelsOf(bob, { last: 2, before: next.startCursor })).toMatchObject({ ids: ids.slice(0, 2) });
    expect(await bob.isRefused(CHANNELS, { first: 1, after: (await bob.does(CURSOR)).inbox.cursor })).toMatchObject({
      fields: { after: expect.stringContaining('is not a list cursor of this list') },
    });
  });

  test('leave archived ones out', async () => {
    const id = await ada.creates({ members: [bob] });
    await ada.does('mutation ($id: ID!) { archiveChannel(channelId: $id) { id } }', { id });
    expect((await channelsOf(bob)).ids).toEqual([]);
    expect((await channelsOf(bob, { archived: true })).ids).toEqual([id]);
  });
});

describe('mentions', () => {
  test('are listed in all channels, newest first, read ones included', async () => {
    const [one, two] = [await ada.creates({ members: [bob] }), await ada.creates({ members: [bob] })];
    const { id } = await ada.sends(one, `@bob-${bob.id} first`);
    await ada.sends(two, '@all second');
    await ada.sends(one, 'nobody');
    await ada.sends(one, `@bob-${bob.id} third`);
    expect((await mentionsOf(bob)).bodies).toEqual([`@bob-${bob.id} third`, '@all second', `@bob-${bob.id} first`]);
    expect((await mentionsOf(ada)).bodies).toEqual([]);
    await bob.does(READ, { c: one, m: id });
    const { edges } = await mentionsOf(bob);
    expect(edges.map(({ node }: any) => node.isUnread)).toEqual([true, true, false]);
    const page = await mentionsOf(bob, { first: 2 });
    expect(page).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect((await mentionsOf(bob, { first: 2, after: page.endCursor })).bodies).toEqual([`@bob-${bob.id} first`]);
    expect((await mentionsOf(bob, { last: 1 })).bodies).toEqual([`@bob-${bob.id} first`]);
  });

  test('follow edits and deletions', async () => {
    const channelId = await ada.creates({ members: [bob] });
    const { id } = await ada.sends(channelId, 'nobody');
    await ada.does(EDIT, { id, body: `@bob-${bob.id} added` });
    expect((await mentionsOf(bob)).bodies).toEqual([`@bob-${bob.id} added`]);
    await ada.does(EDIT, { id, body: 'withdrawn' });
    expect((await mentionsOf(bob)).bodies).toEqual([]);
    await ada.does(EDIT, { id, body: `@bob-${bob.id} restored` });
    expect((await mentionsOf(bob)).bodies).toEqual([`@bob-${bob.id} restored`]);
    await ada.does(REMOVE, { id });
    expect((await mentionsOf(bob)).bodies).toEqual([]);
  });

  test('are not listed from channels that the account has left or that were deleted', async () => {
    const [left, deleted] = [await ada.creates({ members: [bob] }), await ada.creates({ members: [bob] })];
    for (const channelId of [left, deleted]) await ada.sends(channelId, '@all hello');
    await bob.does('mutation ($id: ID!) { leaveChannel(channelId: $id) }', { id: left });
    await ada.does('mutation ($id: ID!) { deleteChannel(channelId: $id) }', { id: deleted });
    expect((await mentionsOf(bob)).bodies).toEqual([]);
    await ada.does('mutation ($id: ID!, $u: [ID!]!) { addMembers(channelId: $id, userIds: $u) { id } }', {
      id: left,
      u: [bob.id],
    });
    expect((await mentionsOf(bob)).bodies).toEqual(['@all hello']);
  });
});
