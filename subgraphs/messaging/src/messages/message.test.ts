/** Messages: idempotent sending, ordered history, permissions to edit and delete, live events. */
import { newId } from '@chat/kit/ids';
import { watchStatements } from '../testing/statements';
import { startTestMessaging, type Person, type TestMessaging } from '../testing/test-messaging';

let messaging: TestMessaging;
let ada: Person;
let bob: Person;
let eve: Person;
let channelId: string;

beforeAll(async () => {
  messaging = await startTestMessaging();
  [ada, bob, eve] = [messaging.person(), messaging.person(), messaging.person()];
});
afterAll(() => messaging[Symbol.asyncDispose]());
beforeEach(async () => {
  channelId = await ada.creates({ members: [bob] });
});

const HISTORY = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  channel(id: $id) { messages(first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { seq body } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`;
const SEND = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';

async function page(person: Person, variables: Record<string, unknown>) {
  const { channel } = await person.does(HISTORY, { id: channelId, ...variables });
  return { seqs: channel.messages.edges.map((edge: any) => edge.node.seq), info: channel.messages.pageInfo };
}

describe('history', () => {
  test('is paged in both directions, oldest first', async () => {
    for (let i = 1; i <= 7; i++) await (i % 2 ? ada : bob).sends(channelId, `message ${i}`);
    const newest = await page(ada, { last: 3 });
    expect(newest.seqs).toEqual([5, 6, 7]);
    expect(newest.info).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
    const older = await page(ada, { last: 3, before: newest.info.startCursor });
    expect(older.seqs).toEqual([2, 3, 4]);
    expect((await page(ada, { last: 3, before: older.info.startCursor })).info.hasPreviousPage).toBe(false);
    const oldest = await page(bob, { first: 4 });
    expect(oldest.seqs).toEqual([1, 2, 3, 4]);
    expect((await page(bob, { first: 4, after: oldest.info.endCursor })).seqs).toEqual([5, 6, 7]);
  });

  test('refuses cursors of another list and page sizes out of bounds', async () => {
    await ada.sends(channelId, 'one');
    const { info } = await page(ada, { first: 1 });
    const other = await ada.creates();
    for (const variables of [{ first: 1, after: 'x' }, { first: 0 }, { last: 101 }, { first: 1, last: 1 }]) {
      expect(await ada.isRefused(HISTORY, { id: channelId, ...variables })).toMatchObject({ code: 'BAD_USER_INPUT' });
    }
    expect(await ada.isRefused(HISTORY, { id: other, first: 1, after: info.endCursor })).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  test('is for members; to others a private channel does not exist', async () => {
    const { id } = await ada.sends(channelId, 'secret');
    expect((await bob.does('query ($id: ID!) { message(id: $id) { body } }', { id })).message.body).toBe('secret');
    expect(await eve.isRefused(HISTORY, { id: channelId })).toEqual({ code: 'NOT_FOUND' });
    expect(await eve.isRefused('query ($id: ID!) { message(id: $id) { body } }', { id })).toEqual({
      code: 'NOT_FOUND',
    });
    expect(await eve.isRefused(SEND, { input: { channelId, body: 'hello' } })).toEqual({ code: 'NOT_FOUND' });
    expect(
      await eve.mayFollow('subscription ($id: ID!) { messageAdded(channelId: $id) { id } }', { id: channelId }),
    ).toBe(false);
    expect(
      await bob.mayFollow('subscription ($id: ID!) { messageAdded(channelId: $id) { id } }', { id: channelId }),
    ).toBe(true);
  });

  test('the policy applies to entity references, too', async () => {
    const { id } = await ada.sends(channelId, 'secret');
    const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Message { body channel { id } } } }`;
    const variables = { r: [id, newId(), 'nonsense'].map((messageId) => ({ __typename: 'Message', id: messageId })) };
    expect((await bob.does(query, variables))._entities).toEqual([
      { body: 'secret', channel: { id: channelId } },
      null,
      null,
    ]);
    expect((await eve.does(query, variables))._entities).toEqual([null, null, null]);
  });
});

describe('sending', () => {
  test.each([
    ['nothing', ''],
    ['white space only', ' \n\t '],
    ['invisible characters only', '\u200B\u2060'],
    ['a null byte', 'a\0b'],
    ['a lone surrogate', 'a\uD800b'],
    ['a right-to-left override', 'abc\u202Etxt.exe'],
    ['more than the longest message', 'x'.repeat(16_001)],
    ['a megabyte', 'x'.repeat(1_000_000)],
  ])('refuses %s', async (_what, body) => {
    expect(await ada.isRefused(SEND, { input: { channelId, body } })).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { body: expect.any(String) },
    });
    expect((await page(ada, { first: 1 })).seqs).toEqual([]);
  });

  test('accepts the longest message and any script', async () => {
    for (const body of ['👩‍👩‍👧'.repeat(3200), 'שלום עולם', 'it\'s a \\ ? $1 %s :x "quote"']) {
      expect((await ada.sends(channelId, body, { select: 'body' })).body).toBe(body);
    }
  });

  test('refuses parents of other channels', async () => {
    const elsewhere = await ada.sends(await ada.creates(), 'elsewhere');
    const parent = await bob.sends(channelId, 'here');
    for (const parentId of [elsewhere.id, newId(), 'nonsense']) {
      expect(await ada.isRefused(SEND, { input: { channelId, body: 'reply', parentId } })).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: { parentId: expect.any(String) },
      });
    }
    const reply = await ada.sends(channelId, 'reply', { parentId: parent.id, select: 'parent { id body }' });
    expect(reply.parent).toEqual({ id: parent.id, body: 'here' });
  });

  test('a repeated clientMutationId sends once, and refuses another body', async () => {
    const first = await ada.sends(channelId, 'once', { clientMutationId: 'm1' });
    expect(await ada.sends(channelId, 'once', { clientMutationId: 'm1' })).toEqual(first);
    const together = await Promise.all(
      Array.from({ length: 8 }, () => bob.sends(channelId, 'at once', { clientMutationId: 'm1' })),
    );
    expect(new Set(together.map(({ id }) => id)).size).toBe(1);
    expect((await page(ada, { first: 10 })).seqs).toEqual([1, 2]);
    expect(await ada.isRefused(SEND, { input: { channelId, body: 'other', clientMutationId: 'm1' } })).toMatchObject({
      code: 'CONFLICT',
      messageId: first.id,
    });
  });

  test('concurrent messages are numbered without gaps, across two processes too', async () => {
    const bobElsewhere = messaging.elsewhere(bob, await messaging.startAnother());
    const channels = [channelId, await ada.creates({ members: [bob] })];
    await Promise.all(
      Array.from({ length: 120 }, (_, i) =>
        [ada, bobElsewhere][i % 2]!.sends(channels[i % 3 ? 0 : 1]!, `message ${i}`),
      ),
    );
    expect((await page(ada, { first: 100 })).seqs).toEqual(Array.from({ length: 80 }, (_, i) => i + 1));
  });
});

describe('changing and removing', () => {
  const EDIT =
    'mutation ($id: ID!, $body: String!) { editMessage(id: $id, body: $body) { body editedAt edits { body } } }';
  const DELETE = 'mutation ($id: ID!) { deleteMessage(id: $id) { body deletedAt edits { body } } }';

  test('authors edit, with a history; authors and moderators delete', async () => {
    const { id } = await bob.sends(channelId, 'frist');
    expect(await ada.isRefused(EDIT, { id, body: 'mine now' })).toEqual({ code: 'FORBIDDEN' });
    expect(await eve.isRefused(EDIT, { id, body: 'mine now' })).toEqual({ code: 'NOT_FOUND' });
    expect(await bob.isRefused(EDIT, { id, body: ' ' })).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect((await bob.does(EDIT, { id, body: 'first' })).editMessage).toEqual({
      body: 'first',
      editedAt: expect.any(String),
      edits: [{ body: 'frist' }],
    });
    const mine = await ada.sends(channelId, 'of the owner');
    expect(await bob.isRefused(DELETE, { id: mine.id })).toEqual({ code: 'FORBIDDEN' });
    expect((await ada.does(DELETE, { id })).deleteMessage).toEqual({
      body: '',
      deletedAt: expect.any(String),
      edits: [],
    });
    expect(await bob.isRefused(EDIT, { id, body: 'again' })).toEqual({ code: 'CONFLICT' });
  });
});

test('only the latest earlier versions are kept', async () => {
  const { id } = await ada.sends(channelId, 'version 0');
  const EDIT = 'mutation ($id: ID!, $body: String!) { editMessage(id: $id, body: $body) { edits { body } } }';
  const UNSEEN = EDIT.replace('edits { body }', 'id');
  for (let i = 1; i < 102; i++) await ada.does(UNSEEN, { id, body: `version ${i}` });
  const { edits } = (await ada.does(EDIT, { id, body: 'the last' })).editMessage;
  expect(edits.map(({ body }: any) => body)).toEqual(Array.from({ length: 100 }, (_, i) => `version ${i + 2}`));
});

describe('live', () => {
  const ADDED =
    'subscription ($id: ID!, $after: String) { messageAdded(channelId: $id, after: $after) { body cursor author { id } } }';
  const EVENTS = `subscription ($id: ID!, $after: String) { channelEvents(channelId: $id, after: $after) { __typename cursor
    ... on MessageAdded { message { body } } ... on MessageEdited { message { body } } ... on MessageDeleted { messageId }
    ... on MembersChanged { channel { members { user { id } } } } } }`;

  test('messages arrive in order, and `after` resumes without loss or repetition', async () => {
    const live = await bob.follows(ADDED, { id: channelId });
    for (const body of ['one', 'two', 'three']) await ada.sends(channelId, body);
    const seen = await live.take(3);
    await live.end();
    expect(seen.map(({ messageAdded }) => messageAdded.body)).toEqual(['one', 'two', 'three']);
    expect(seen[0].messageAdded.author).toEqual({ id: ada.id });
    await ada.sends(channelId, 'four');
    const resumed = await bob.follows(ADDED, { id: channelId, after: seen[1].messageAdded.cursor });
    await ada.sends(channelId, 'five');
    expect((await resumed.take(3)).map(({ messageAdded }) => messageAdded.body)).toEqual(['three', 'four', 'five']);
    await resumed.end();
  });

  test('a backlog is loaded in batches for any selection, and keeps its order', async () => {
    const first = await ada.sends(channelId, 'the first', { select: 'id cursor' });
    await Promise.all(
      Array.from({ length: 100 }, (_, i) => ada.sends(channelId, `reply ${i}`, { parentId: first.id })),
    );
    using statements = watchStatements();
    const resumed = await bob.follows(
      `subscription ($id: ID!, $after: String) { messageAdded(channelId: $id, after: $after) { seq
        channel { name } parent { body } edits { body } reactions { viewerReacted } tickets { id } } }`,
      { id: channelId, after: first.cursor },
    );
    const seen = await resumed.take(100);
    await resumed.end();
    expect(seen.map(({ messageAdded }) => messageAdded.seq)).toEqual(Array.from({ length: 100 }, (_, i) => i + 2));
    expect(seen.every(({ messageAdded }) => messageAdded.parent.body === 'the first')).toBe(true);
    // Per batch of fifty: messages, parents, edits and the channel; plus the channel once to subscribe.
    expect(statements.with('read_messages(')).toBe(4);
    expect(statements.with('messaging.message_edits')).toBe(2);
    expect(statements.with('read_channel_access(')).toBe(3);
    expect(statements.with('messaging.')).toBeLessThan(20);
  });

  test('every change is an event, in order', async () => {
    const live = await bob.follows(EVENTS, { id: channelId });
    const { id } = await ada.sends(channelId, 'one');
    await ada.does('mutation ($id: ID!) { editMessage(id: $id, body: "two") { id } }', { id });
    await ada.does('mutation ($id: ID!) { deleteMessage(id: $id) { id } }', { id });
    await ada.does('mutation ($c: ID!, $u: [ID!]!) { addMembers(channelId: $c, userIds: $u) { id } }', {
      c: channelId,
      u: [eve.id],
    });
    const events = (await live.take(4)).map(({ channelEvents }) => channelEvents);
    await live.end();
    expect(events.map(({ __typename }) => __typename)).toEqual([
      'MessageAdded',
      'MessageEdited',
      'MessageDeleted',
      'MembersChanged',
    ]);
    expect(events[2].messageId).toBe(id);
    expect(events[3].channel.members.map((member: any) => member.user.id).sort()).toEqual(
      [ada.id, bob.id, eve.id].sort(),
    );
  });

  test('refuses cursors of another channel', async () => {
    const other = await bob.creates();
    const { cursor } = await bob.sends(other, 'elsewhere', { select: 'cursor' });
    await expect(bob.follows(ADDED, { id: channelId, after: cursor })).rejects.toThrow('BAD_USER_INPUT');
  });
});
