/** Archived channels refuse writing and stay readable; deleted channels are gone at once, and their messages soon after. */
import { eventually } from '@chat/kit/testing/eventually';
import { Client } from 'pg';
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';

const GENERAL = '00000000-0000-7000-8000-000000000001';

let messaging: TestMessaging;
let client: Client;
let ada: Person;
let bob: Person;
let eve: Person;
let moderator: Person;

beforeAll(async () => {
  messaging = await startTestMessaging();
  client = new Client({ connectionString: messaging.config.DATABASE_URL });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await messaging[Symbol.asyncDispose]();
});
beforeEach(() => {
  [ada, bob, eve] = [messaging.person(), messaging.person(), messaging.person()];
  moderator = messaging.person('MODERATOR');
});

const ARCHIVE = 'mutation ($id: ID!) { archiveChannel(channelId: $id) { id archivedAt } }';
const UNARCHIVE = 'mutation ($id: ID!) { unarchiveChannel(channelId: $id) { id archivedAt } }';
const DELETE = 'mutation ($id: ID!) { deleteChannel(channelId: $id) }';
const EVENTS = `subscription ($id: ID!, $after: String) { channelEvents(channelId: $id, after: $after) { __typename
  ... on ChannelArchived { channel { archivedAt } } ... on ChannelUnarchived { channel { archivedAt } } } }`;
const INBOX = `subscription ($after: String) { inbox(after: $after) { __typename cursor ... on ChannelDeleted { channelId } } }`;
const HISTORY = 'query ($id: ID!) { channel(id: $id) { messages { edges { node { body } } } } }';
const NAMES = 'query ($all: Boolean!) { channels(includeArchived: $all, first: 100) { edges { node { id } } } }';

const lists = async (person: Person, id: string, all = false): Promise<boolean> =>
  (await person.does(NAMES, { all })).channels.edges.some(({ node }: any) => node.id === id);

describe('an archived channel', () => {
  /** The operations that write, by name. */
  const WRITES: Record<string, string> = {
    sendMessage: 'mutation ($id: ID!) { sendMessage(input: { channelId: $id, body: "x" }) { id } }',
    editMessage: 'mutation ($m: ID!) { editMessage(id: $m, body: "edited") { id } }',
    addReaction: 'mutation ($m: ID!) { addReaction(messageId: $m, emoji: "👍") { id } }',
    removeReaction: 'mutation ($m: ID!) { removeReaction(messageId: $m, emoji: "👍") { id } }',
    pinMessage: 'mutation ($m: ID!) { pinMessage(id: $m) { id } }',
    unpinMessage: 'mutation ($m: ID!) { unpinMessage(id: $m) { id } }',
    setTyping: 'mutation ($id: ID!) { setTyping(channelId: $id) }',
    scheduleMessage:
      'mutation ($id: ID!, $at: DateTime!) { scheduleMessage(input: { channelId: $id, body: "x", sendAt: $at }) { id } }',
    addMembers: 'mutation ($id: ID!, $u: [ID!]!) { addMembers(channelId: $id, userIds: $u) { id } }',
    updateChannel: 'mutation ($id: ID!) { updateChannel(input: { id: $id, topic: "changed" }) { id } }',
  };

  test.each(Object.keys(WRITES))('refuses %s, and allows it before and afterwards', async (name) => {
    const id = await ada.creates({ type: 'PUBLIC', members: [bob] });
    const { id: m } = await ada.sends(id, 'hello');
    const given = { id, m, u: [eve.id], at: new Date(Date.now() + 3_600_000) };
    const variables = Object.fromEntries(Object.entries(given).filter(([key]) => WRITES[name]!.includes(`$${key}:`)));
    await ada.does(WRITES[name]!, variables);
    await ada.does(ARCHIVE, { id });
    const answer = await ada.asks(WRITES[name]!, variables);
    expect(answer.errors).toMatchObject([{ message: 'The channel is archived.', extensions: { code: 'FORBIDDEN' } }]);
    await ada.does(UNARCHIVE, { id });
    await ada.does(WRITES[name]!, variables);
  });

  test('cannot be joined, and can be left', async () => {
    const id = await ada.creates({ type: 'PUBLIC', members: [bob] });
    await ada.does(ARCHIVE, { id });
    const JOIN = 'mutation ($id: ID!) { joinChannel(channelId: $id) { id } }';
    expect(await eve.isRefused(JOIN, { id })).toEqual({ code: 'FORBIDDEN' });
    await bob.does(JOIN, { id }); // a member already
    await bob.does('mutation ($id: ID!) { leaveChannel(channelId: $id) }', { id });
    expect(await bob.isRefused(JOIN, { id })).toEqual({ code: 'FORBIDDEN' });
    await ada.does(UNARCHIVE, { id });
    await bob.joins(id);
    await eve.joins(id);
  });

  test('stays readable, searchable and moderated', async () => {
    const id = await ada.creates({ members: [bob] });
    const { id: m } = await bob.sends(id, 'archived axolotl');
    await ada.does(ARCHIVE, { id });
    expect((await bob.does(HISTORY, { id })).channel.messages.edges).toEqual([{ node: { body: 'archived axolotl' } }]);
    const SEARCH = '{ searchMessages(query: "axolotl") { edges { node { message { id } } } } }';
    expect((await bob.does(SEARCH)).searchMessages.edges).toEqual([{ node: { message: { id: m } } }]);
    await bob.does('mutation ($id: ID!, $m: ID!) { markRead(channelId: $id, messageId: $m) { unreadCount } }', {
      id,
      m,
    });
    await ada.does('mutation ($m: ID!) { deleteMessage(id: $m) { id } }', { m });
  });

  test('is left out of lists unless they ask for it', async () => {
    for (const type of ['PUBLIC', 'PRIVATE'] as const) {
      const id = await ada.creates({ type, members: [bob] });
      expect([await lists(bob, id), await lists(bob, id, true)]).toEqual([true, true]);
      await ada.does(ARCHIVE, { id });
      expect([await lists(bob, id), await lists(bob, id, true)]).toEqual([false, true]);
    }
  });

  test('announces both changes once, to be resumed', async () => {
    const { channelId: id, cursor: after } = await ada.opens(bob);
    const { archivedAt } = (await ada.does(ARCHIVE, { id })).archiveChannel;
    expect((await ada.does(ARCHIVE, { id })).archiveChannel.archivedAt).toBe(archivedAt);
    const live = await bob.follows(EVENTS, { id, after });
    expect((await live.take(1)).map(({ channelEvents: event }) => event)).toEqual([
      { __typename: 'ChannelArchived', channel: { archivedAt } },
    ]);
    await ada.does(UNARCHIVE, { id });
    await ada.does(UNARCHIVE, { id });
    await ada.sends(id, 'again');
    expect((await live.take(2)).map(({ channelEvents: event }) => event)).toEqual([
      { __typename: 'ChannelUnarchived', channel: { archivedAt: null } },
      { __typename: 'MessageAdded' },
    ]);
    await live.end();
  });

  test('is archived by owners and moderators, not by members, and never direct', async () => {
    const id = await ada.creates({ type: 'PUBLIC', members: [bob] });
    expect(await bob.isRefused(ARCHIVE, { id })).toEqual({ code: 'FORBIDDEN' });
    expect(await eve.isRefused(ARCHIVE, { id })).toEqual({ code: 'FORBIDDEN' });
    await ada.does(
      'mutation ($id: ID!, $u: ID!) { setMemberRole(channelId: $id, userId: $u, role: MODERATOR) { role } }',
      { id, u: bob.id },
    );
    await bob.does(ARCHIVE, { id });
    await moderator.does(UNARCHIVE, { id });
    const hidden = await ada.creates();
    expect(await eve.isRefused(ARCHIVE, { id: hidden })).toEqual({ code: 'NOT_FOUND' });
    const direct = (await ada.does('mutation { openDirectChannel(userIds: []) { id } }')).openDirectChannel;
    for (const operation of [ARCHIVE, DELETE])
      expect(await ada.isRefused(operation, direct)).toEqual({ code: 'FORBIDDEN' });
  });

  test('makes a message fail that was scheduled before', async () => {
    const id = await ada.creates();
    const SCHEDULE =
      'mutation ($id: ID!, $at: DateTime!) { scheduleMessage(input: { channelId: $id, body: "x", sendAt: $at }) { id } }';
    await ada.does(SCHEDULE, { id, at: new Date(Date.now() + 1500) });
    await ada.does(ARCHIVE, { id });
    await eventually(async () => {
      const { scheduledMessages } = await ada.does('{ scheduledMessages { edges { node { failure } } } }');
      return scheduledMessages.edges[0]?.node.failure === 'The channel is archived.';
    });
  });
});

describe('a deleted channel', () => {
  test('is gone for everybody at once, and members are told', async () => {
    const { channelId: id } = await ada.opens(bob);
    const { id: m } = await bob.sends(id, 'deleted axolotl');
    await bob.does('mutation ($id: ID!) { saveDraft(channelId: $id, body: "draft") { body } }', { id });
    const inbox = await bob.follows(INBOX);
    expect(await bob.isRefused(DELETE, { id })).toEqual({ code: 'FORBIDDEN' });
    expect(await eve.isRefused(DELETE, { id })).toEqual({ code: 'FORBIDDEN' });
    expect((await ada.does(DELETE, { id })).deleteChannel).toBe(true);
    for (const person of [ada, bob, eve, moderator]) {
      expect(await person.isRefused(HISTORY, { id })).toEqual({ code: 'NOT_FOUND' });
      expect(await person.isRefused('query ($m: ID!) { message(id: $m) { id } }', { m })).toEqual({
        code: 'NOT_FOUND',
      });
      expect(await person.mayFollow(EVENTS, { id })).toBe(false);
      expect(await lists(person, id, true)).toBe(false);
    }
    expect(await ada.isRefused(DELETE, { id })).toEqual({ code: 'NOT_FOUND' });
    const SEND = 'mutation ($id: ID!) { sendMessage(input: { channelId: $id, body: "x" }) { id } }';
    expect(await ada.isRefused(SEND, { id })).toEqual({ code: 'NOT_FOUND' });
    const search = await bob.does('{ searchMessages(query: "deleted axolotl") { edges { node { snippet } } } }');
    expect(search.searchMessages.edges).toEqual([]);
    expect((await bob.does('{ drafts { body } }')).drafts).toEqual([]);
    for (;;) {
      const [{ inbox: event }] = await inbox.take(1);
      if (event.__typename === 'UnreadChanged') continue;
      expect(event).toMatchObject({ __typename: 'ChannelDeleted', channelId: id });
      break;
    }
    await inbox.end();
  });

  test('leaves no message, mention or reaction behind', async () => {
    const id = await ada.creates({ members: [bob] });
    const { id: m } = await ada.sends(id, '@all hello');
    await bob.does('mutation ($m: ID!) { addReaction(messageId: $m, emoji: "👍") { id } }', { m });
    await client.query(
      `insert into messaging.messages (id, channel_id, seq, event_seq, author_id, body, created_at)
       select gen_random_uuid(), $1, 100 + n, 100 + n, $2, 'old', now() from generate_series(1, 5000) n`,
      [id, ada.id],
    );
    const left = async () => {
      const { rows } = await client.query(
        `select (select count(*) from messaging.messages where channel_id = $1) as messages,
           (select count(*) from messaging.mentions where channel_id = $1)
             + (select count(*) from messaging.channel_mentions where channel_id = $1) as mentions,
           (select count(*) from messaging.reactions where message_id = $2) as reactions,
           (select count(*) from messaging.deleted_channels where id = $1) as waiting`,
        [id, m],
      );
      return Object.values(rows[0]).map(Number);
    };
    expect(await left()).toEqual([5001, 1, 1, 0]);
    await ada.does(DELETE, { id });
    await eventually(async () => (await left()).every((count) => count === 0));
  });

  test('is told to the webhooks of the installation if it was public', async () => {
    const id = await ada.creates({ type: 'PUBLIC' });
    await ada.does(DELETE, { id });
    const { rows } = await client.query(
      `select type, payload from messaging.event where stream = $1 order by seq desc limit 1`,
      [`channel:${id}`],
    );
    expect(rows).toEqual([{ type: 'ChannelDeleted', payload: { isPublic: true } }]);
  });

  test('#general can be deleted by moderators of the installation, and does not come back', async () => {
    await ada.joins(GENERAL);
    expect(await ada.isRefused(DELETE, { id: GENERAL })).toEqual({ code: 'FORBIDDEN' });
    await moderator.does(DELETE, { id: GENERAL });
    await messaging.startAnother();
    expect(await ada.isRefused(HISTORY, { id: GENERAL })).toEqual({ code: 'NOT_FOUND' });
  });
});
