/** Moderation: roles, mutes, bans, slow mode, filtered words and reports, and attempts to get around them. */
import { eventually } from '@chat/kit/testing/eventually';
import { publishAccessChanges } from '@chat/identity-client/access/access-changes';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { inTurn } from '../testing/in-turn';
import { startTestMessaging, type Person, type TestMessaging } from '../testing/test-messaging';
import { openTestNames, type TestNames } from '../testing/test-names';

let messaging: TestMessaging;
let owner: Person;
let moderator: Person;
let member: Person;
let channelId: string;

beforeAll(async () => {
  messaging = await startTestMessaging();
  [owner, moderator, member] = [messaging.person(), messaging.person(), messaging.person()];
});
afterAll(() => messaging[Symbol.asyncDispose]());
beforeEach(async () => {
  channelId = await owner.creates({ type: 'PUBLIC', members: [moderator, member] });
  await owner.does(ROLE, { c: channelId, u: moderator.id, r: 'MODERATOR' });
});

const ROLE =
  'mutation ($c: ID!, $u: ID!, $r: MemberRole!) { setMemberRole(channelId: $c, userId: $u, role: $r) { role user { id } } }';
const MUTE =
  'mutation ($c: ID!, $u: ID!, $t: DateTime) { muteMember(channelId: $c, userId: $u, until: $t) { mutedUntil } }';
const BAN = 'mutation ($c: ID!, $u: ID!) { banMember(channelId: $c, userId: $u) }';
const JOIN = 'mutation ($c: ID!) { joinChannel(channelId: $c) { id } }';
const LEAVE = 'mutation ($c: ID!) { leaveChannel(channelId: $c) }';
const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';
const message = (body = 'hello') => ({ input: { channelId, body } });
const inAMinute = () => new Date(Date.now() + 60_000).toISOString();

test('only owners give roles, and there is always an owner', async () => {
  expect(await moderator.isRefused(ROLE, { c: channelId, u: member.id, r: 'OWNER' })).toEqual({ code: 'FORBIDDEN' });
  expect(await owner.isRefused(ROLE, { c: channelId, u: owner.id, r: 'MEMBER' })).toEqual({ code: 'CONFLICT' });
  await owner.does(ROLE, { c: channelId, u: member.id, r: 'OWNER' });
  expect((await owner.does(ROLE, { c: channelId, u: owner.id, r: 'MEMBER' })).setMemberRole.role).toBe('MEMBER');
});

test('a mute prevents writing until it ends, even after leaving and joining', async () => {
  expect(await member.isRefused(MUTE, { c: channelId, u: moderator.id, t: inAMinute() })).toEqual({
    code: 'FORBIDDEN',
  });
  expect(await moderator.isRefused(MUTE, { c: channelId, u: owner.id, t: inAMinute() })).toEqual({ code: 'FORBIDDEN' });
  await moderator.does(MUTE, { c: channelId, u: member.id, t: inAMinute() });
  expect(await member.isRefused(SEND, message())).toEqual({ code: 'FORBIDDEN' });
  await member.does(LEAVE, { c: channelId });
  await member.does(JOIN, { c: channelId });
  expect(await member.isRefused(SEND, message())).toEqual({ code: 'FORBIDDEN' });
  const past = new Date(Date.now() - 1000).toISOString();
  expect((await moderator.does(MUTE, { c: channelId, u: member.id, t: past })).muteMember.mutedUntil).toBeNull();
  await member.does(SEND, message());
});

test('a banned account is removed and cannot come back until the ban ends', async () => {
  await moderator.does(BAN, { c: channelId, u: member.id });
  expect(await member.isRefused(JOIN, { c: channelId })).toEqual({ code: 'NOT_FOUND' });
  await owner.does('mutation ($c: ID!, $u: [ID!]!) { addMembers(channelId: $c, userIds: $u) { id } }', {
    c: channelId,
    u: [member.id],
  });
  expect(await member.isRefused(SEND, message())).toEqual({ code: 'NOT_FOUND' });
  await owner.does('mutation ($c: ID!, $u: ID!) { unbanMember(channelId: $c, userId: $u) }', {
    c: channelId,
    u: member.id,
  });
  await member.does(JOIN, { c: channelId });
  await member.does(SEND, message());
});

test('a ban also applies to accounts that have left', async () => {
  await member.does(LEAVE, { c: channelId });
  await moderator.does(BAN, { c: channelId, u: member.id });
  expect(await member.isRefused(JOIN, { c: channelId })).toEqual({ code: 'NOT_FOUND' });
  expect(await moderator.isRefused(BAN, { c: channelId, u: messaging.person().id })).toEqual({ code: 'NOT_FOUND' });
});

test('slow mode delays members, across processes as well, but not moderators', async () => {
  await owner.does('mutation ($i: UpdateChannelInput!) { updateChannel(input: $i) { id } }', {
    i: { id: channelId, slowModeSeconds: 60 },
  });
  const once = { input: { channelId, body: 'first', clientMutationId: 'slow' } };
  const first = await member.does(SEND, once);
  expect(await member.isRefused(SEND, message())).toEqual({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) });
  expect(await member.does(SEND, once)).toEqual(first);
  await moderator.does(SEND, message());
  await moderator.does(SEND, message());
  const other = messaging.person();
  await other.does(JOIN, { c: channelId });
  const both = [other, messaging.elsewhere(other, await messaging.startAnother())];
  const atOnce = await Promise.allSettled(Array.from({ length: 6 }, (_, i) => both[i % 2]!.does(SEND, message())));
  expect(atOnce.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  await owner.does('mutation ($i: UpdateChannelInput!) { updateChannel(input: $i) { id } }', {
    i: { id: channelId, slowModeSeconds: 0 },
  });
  await other.does(SEND, message());
});

test('filtered words are refused in new and changed messages, as whole words in any case', async () => {
  const words = 'mutation ($c: ID!, $w: [String!]!) { setFilteredWords(channelId: $c, words: $w) { filteredWords } }';
  expect(await member.isRefused(words, { c: channelId, w: ['x'] })).toEqual({ code: 'FORBIDDEN' });
  expect(
    (await moderator.does(words, { c: channelId, w: ['Heck', 'heck ', 'ärger'] })).setFilteredWords.filteredWords,
  ).toEqual(['heck', 'ärger']);
  expect(await member.isRefused('query ($c: ID!) { channel(id: $c) { filteredWords } }', { c: channelId })).toEqual({
    code: 'FORBIDDEN',
  });
  for (const body of ['what the HECK!', 'A\u0308rger'])
    expect(await member.isRefused(SEND, message(body))).toMatchObject({ code: 'BAD_USER_INPUT' });
  const { id } = await member.sends(channelId, 'a checkered flag, verärgert');
  expect(
    await member.isRefused('mutation ($id: ID!, $b: String!) { editMessage(id: $id, body: $b) { id } }', {
      id,
      b: 'heck',
    }),
  ).toMatchObject({ code: 'BAD_USER_INPUT' });
});

test('reports wait for moderators, and are resolved once', async () => {
  const report = 'mutation ($id: ID!, $r: String!) { reportMessage(id: $id, reason: $r) { id state } }';
  const settle =
    'mutation ($id: ID!, $a: ReportAction!) { resolveReport(id: $id, action: $a) { id state message { body } } }';
  const queue = 'query ($c: ID) { reports(channelId: $c) { edges { node { id reason reporter { id } } } } }';
  const other = messaging.person();
  await other.does(JOIN, { c: channelId });
  const offending = await other.sends(channelId, 'spam');
  expect(await member.isRefused(report, { id: offending.id, r: ' ' })).toMatchObject({ code: 'BAD_USER_INPUT' });
  const { reportMessage: made } = await member.does(report, { id: offending.id, r: 'spam' });
  expect((await member.does(report, { id: offending.id, r: 'again' })).reportMessage.id).toBe(made.id);
  expect((await member.does(queue, { c: channelId })).reports.edges).toEqual([]);
  expect((await moderator.does(queue, { c: channelId })).reports.edges).toEqual([
    { node: { id: made.id, reason: 'spam', reporter: { id: member.id } } },
  ]);
  expect((await messaging.person('MODERATOR').does(queue, { c: channelId })).reports.edges).toHaveLength(1);
  const granted = messaging.person();
  await grantOnChannel(granted, 'MANAGE');
  for (const c of [channelId, null]) expect((await granted.does(queue, { c })).reports.edges).toHaveLength(1);
  expect(await member.isRefused(settle, { id: made.id, a: 'DISMISS' })).toEqual({ code: 'NOT_FOUND' });
  expect((await moderator.does(settle, { id: made.id, a: 'DELETE_MESSAGE' })).resolveReport).toEqual({
    id: made.id,
    state: 'MESSAGE_DELETED',
    message: { body: '' },
  });
  expect(await owner.isRefused(settle, { id: made.id, a: 'MUTE_AUTHOR' })).toEqual({ code: 'CONFLICT' });
  const twice = await other.sends(channelId, 'spam for two');
  const { reportMessage: contested } = await member.does(report, { id: twice.id, r: 'spam' });
  const outcomes = await Promise.allSettled([
    moderator.does(settle, { id: contested.id, a: 'DELETE_MESSAGE' }),
    owner.does(settle, { id: contested.id, a: 'MUTE_AUTHOR' }),
  ]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  if (outcomes[1].status === 'fulfilled') {
    await owner.does(MUTE, { c: channelId, u: other.id, t: new Date(0).toISOString() });
    expect((await owner.does('query ($id: ID!) { message(id: $id) { body } }', twice)).message.body).not.toBe('');
  }
  const second = await other.sends(channelId, 'more spam');
  const { reportMessage: again } = await member.does(report, { id: second.id, r: 'spam' });
  await owner.does(settle, { id: again.id, a: 'MUTE_AUTHOR' });
  expect(await other.isRefused(SEND, message())).toEqual({ code: 'FORBIDDEN' });
});

test('a deleted message cannot be reported', async () => {
  const report = 'mutation ($m: ID!) { reportMessage(id: $m, reason: "spam") { id } }';
  const remove = 'mutation ($m: ID!) { deleteMessage(id: $m) { id } }';
  const { id: m } = await owner.sends(channelId, 'spam');
  await owner.does(remove, { m });
  for (const person of [member, moderator]) expect(await person.isRefused(report, { m })).toEqual({ code: 'CONFLICT' });
});

test('a moderator of several channels has one queue, oldest first, in pages', async () => {
  const other = await owner.creates({ type: 'PUBLIC', members: [member] });
  const elsewhere = await member.creates({ type: 'PUBLIC' });
  const reported: string[] = [];
  for (const id of [channelId, elsewhere, other, channelId]) {
    const { id: m } = await (id === elsewhere ? member : owner).sends(id, 'spam');
    await member.does('mutation ($m: ID!) { reportMessage(id: $m, reason: "spam") { id } }', { m });
    if (id !== elsewhere) reported.push(m);
  }
  const queue = `query ($first: Int, $after: String, $last: Int) { reports(first: $first, after: $after, last: $last) {
    edges { node { message { id } } } pageInfo { endCursor hasNextPage } } }`;
  const ids = ({ reports }: any) => reports.edges.map(({ node }: any) => node.message.id);
  const first = await owner.does(queue, { first: 2 });
  expect(ids(first)).toEqual(reported.slice(0, 2));
  expect(ids(await owner.does(queue, { first: 2, after: first.reports.pageInfo.endCursor }))).toEqual(
    reported.slice(2),
  );
  expect(ids(await owner.does(queue, { last: 2 }))).toEqual(reported.slice(1));
});

/** As identity keeps grants. */
async function grantOnChannel({ id }: Person, permission: string): Promise<void> {
  const client = new Client({ connectionString: messaging.config.DATABASE_URL });
  await client.connect();
  await client.query(`create schema if not exists identity;
    create table if not exists identity.effective_grants (user_id uuid, resource_type text, resource_id text, permission text)`);
  await client.query(`insert into identity.effective_grants values ($1, 'Channel', $2, $3)`, [
    id,
    channelId,
    permission,
  ]);
  await client.end();
}

describe('an act that was authorized before a ban, a mute or a change of role, and comes after it, is refused:', () => {
  const WORDS = 'mutation ($c: ID!, $w: [String!]!) { setFilteredWords(channelId: $c, words: $w) { id } }';
  let mine: string;
  let theirs: string;

  beforeEach(async () => {
    mine = (await member.sends(channelId, 'mine')).id;
    theirs = (await owner.sends(channelId, 'theirs')).id;
  });

  /** Both are let through, and then done in this order. @returns what became of the second. */
  async function after(first: () => Promise<unknown>, second: () => Promise<unknown>): Promise<string | undefined> {
    const [done, result] = await inTurn(messaging, channelId, first, second);
    expect(done).toMatchObject({ status: 'fulfilled' });
    return result!.status === 'fulfilled' ? undefined : /"code":"(\w+)"/.exec(String(result!.reason))?.[1];
  }
  const ban = () => moderator.does(BAN, { c: channelId, u: member.id });
  const mute = () => moderator.does(MUTE, { c: channelId, u: member.id, t: inAMinute() });

  test.each([
    ['a message', () => member.sends(channelId, 'too late')],
    ['a reply', () => member.sends(channelId, 'too late', { parentId: theirs })],
    ['a change', () => member.does('mutation ($m: ID!) { editMessage(id: $m, body: "late") { id } }', { m: mine })],
    ['a deletion', () => member.does('mutation ($m: ID!) { deleteMessage(id: $m) { id } }', { m: mine })],
    ['a pin', () => member.does('mutation ($m: ID!) { pinMessage(id: $m) { id } }', { m: theirs })],
    [
      'a reaction',
      () => member.does('mutation ($m: ID!) { addReaction(messageId: $m, emoji: "👍") { id } }', { m: theirs }),
    ],
  ])('nothing appears of who is banned: %s', async (_what, act) => {
    const read = 'query ($c: ID!) { channel(id: $c) { cursor messages { edges { node { body pinned } } } } }';
    const before = (await owner.does(read, { c: channelId })).channel.messages;
    expect(await after(ban, act)).toBe('NOT_FOUND');
    expect((await owner.does(read, { c: channelId })).channel.messages).toEqual(before);
  });

  test('by accounts that are muted or have left', async () => {
    expect(await after(mute, () => member.sends(channelId, 'too late'))).toBe('FORBIDDEN');
    await moderator.does(MUTE, { c: channelId, u: member.id, t: new Date(0).toISOString() });
    expect(
      await after(
        () => member.does(LEAVE, { c: channelId }),
        () => member.sends(channelId, 'late'),
      ),
    ).toBe('FORBIDDEN');
  });

  test('if it has a word that is now filtered; other words pass', async () => {
    const filter = (word: string) => () => moderator.does(WORDS, { c: channelId, w: [word] });
    expect(await after(filter('spam'), () => member.sends(channelId, 'spam'))).toBe('BAD_USER_INPUT');
    expect(await after(filter('ham'), () => member.sends(channelId, 'eggs'))).toBeUndefined();
    const edit = 'mutation ($m: ID!) { editMessage(id: $m, body: "spam") { id } }';
    expect(await after(filter('spam'), () => member.does(edit, { m: mine }))).toBe('BAD_USER_INPUT');
  });

  test('as a reply to a deleted message', async () => {
    const remove = () => owner.does('mutation ($m: ID!) { deleteMessage(id: $m) { id } }', { m: theirs });
    expect(await after(remove, () => member.sends(channelId, 'late', { parentId: theirs }))).toBe('BAD_USER_INPUT');
  });

  test('by a former moderator', async () => {
    const demote = () => owner.does(ROLE, { c: channelId, u: moderator.id, r: 'MEMBER' });
    const promote = () => owner.does(ROLE, { c: channelId, u: moderator.id, r: 'MODERATOR' });
    const rename = 'mutation ($c: ID!) { updateChannel(input: { id: $c, topic: "mine" }) { id } }';
    const remove = 'mutation ($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }';
    const hook = { url: 'https://example.org/', events: ['*'], channelId };
    for (const act of [
      ban,
      mute,
      () => moderator.does('mutation ($i: CreateWebhookInput!) { createWebhook(input: $i) { id } }', { i: hook }),
      () =>
        moderator.does('mutation ($c: ID!) { createIncomingWebhook(input: { channelId: $c, name: "x" }) { id } }', {
          c: channelId,
        }),
      () => moderator.does(WORDS, { c: channelId, w: ['x'] }),
      () => moderator.does(rename, { c: channelId }),
      () => moderator.does(remove, { c: channelId, u: member.id }),
    ]) {
      expect(await after(demote, act)).toBe('FORBIDDEN');
      await promote();
    }
  });
});

describe('a channel with an inactive owner', () => {
  const ROLES = 'query ($c: ID!) { channel(id: $c) { members { role user { id } } } }';
  let names: TestNames;
  let place: string;

  const activate = async () => {
    for (const [index, person] of [owner, moderator, member].entries()) await names.user(person, `member${index}`);
  };
  const ownersOf = async (id: string) =>
    (await member.does(ROLES, { c: id })).channel.members
      .filter(({ role }: any) => role === 'OWNER')
      .map(({ user }: any) => user.id);
  /** As identity says it. */
  const tell = async (person: Person) => {
    const redis = new Redis(messaging.config.REDIS_URL);
    await publishAccessChanges(redis, [person.id], messaging.config.REDIS_PREFIX, { isOut: true });
    redis.disconnect();
  };

  beforeAll(async () => {
    names = await openTestNames(messaging);
    await activate();
  });
  afterEach(activate);
  afterAll(() => names[Symbol.asyncDispose]());
  beforeEach(async () => {
    place = await owner.creates({ members: [moderator, member] });
  });

  test.each(['deactivate', 'remove'] as const)('gets a new owner soon after identity announces it: %s', async (how) => {
    await owner.does(ROLE, { c: place, u: member.id, r: 'MODERATOR' });
    await names[how](owner);
    await tell(owner);
    const owners = await eventually(async () => {
      const now = await ownersOf(place);
      return now.length > 1 && now;
    }, 'a second owner');
    expect(owners.sort()).toEqual([owner.id, member.id].sort()); // moderators first
    await member.does(ROLE, { c: place, u: moderator.id, r: 'OWNER' });
  });

  test('gets one when a member asks for the role, if the announcement was lost', async () => {
    expect(await moderator.isRefused(ROLE, { c: place, u: member.id, r: 'MODERATOR' })).toEqual({ code: 'FORBIDDEN' });
    await names.deactivate(owner);
    await moderator.does(ROLE, { c: place, u: member.id, r: 'MODERATOR' });
    expect(await ownersOf(place)).toEqual([owner.id, moderator.id]);
  });

  test('gets one when the last active owner leaves or steps down', async () => {
    await owner.does(ROLE, { c: place, u: moderator.id, r: 'OWNER' });
    await names.deactivate(owner);
    await moderator.does(LEAVE, { c: place });
    expect(await ownersOf(place)).toEqual([owner.id, member.id]);
  });

  test('keeps its owner while active, and as one of two afterwards', async () => {
    await tell(owner);
    expect(await member.isRefused(ROLE, { c: place, u: member.id, r: 'OWNER' })).toEqual({ code: 'FORBIDDEN' });
    await names.deactivate(owner);
    await moderator.does(ROLE, { c: place, u: member.id, r: 'MODERATOR' });
    await names.user(owner, 'back');
    await owner.does(ROLE, { c: place, u: moderator.id, r: 'MEMBER' });
    expect(await ownersOf(place)).toEqual([owner.id]);
  });
});
