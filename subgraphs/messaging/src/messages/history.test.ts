/** Lists of messages: pages around a place, root messages only, and the two kinds of cursor. */
import { newId } from '@chat/kit/ids';
import fc from 'fast-check';
import { startTestMessaging, type Person, type TestMessaging } from '../testing/test-messaging';

let messaging: TestMessaging;
let ada: Person;
let bob: Person;
let channelId: string;
/** The ids of the messages, and which of them is a reply. */
let ids: string[];
let cursors: string[];

const isReply = (seq: number) => seq > 1 && seq % 3 === 0;
const COUNT = 30;

beforeAll(async () => {
  messaging = await startTestMessaging();
  [ada, bob] = [messaging.person(), messaging.person()];
  channelId = await ada.creates({ members: [bob] });
  ids = [];
  cursors = [];
  for (let seq = 1; seq <= COUNT; seq++) {
    const parentId = isReply(seq) ? ids[0] : undefined;
    const { id, cursor } = await ada.sends(channelId, `message ${seq}`, { select: 'id cursor', parentId });
    ids.push(id);
    cursors.push(cursor);
    // Events between the messages, so that the numbers of events and of messages differ.
    if (seq % 4 === 0) await ada.does('mutation ($id: ID!) { pinMessage(id: $id) { id } }', { id });
  }
});
afterAll(() => messaging[Symbol.asyncDispose]());

const PAGE = 'edges { cursor node { seq } } pageInfo { hasPreviousPage hasNextPage startCursor endCursor }';
const ARGUMENTS = '$first: Int, $after: String, $last: Int, $before: String, $around: ID';
const GIVEN = 'first: $first, after: $after, last: $last, before: $before, around: $around';
const MESSAGES = `query ($id: ID!, $roots: Boolean, ${ARGUMENTS}) {
  channel(id: $id) { page: messages(rootsOnly: $roots, ${GIVEN}) { ${PAGE} } } }`;
const REPLIES = `query ($id: ID!, ${ARGUMENTS}) { message(id: $id) { page: replies(${GIVEN}) { ${PAGE} } } }`;

interface Page {
  seqs: number[];
  hasPreviousPage: boolean;
  hasNextPage: boolean;
  startCursor: string;
  endCursor: string;
}

const shown = ({ page: { edges, pageInfo } }: any): Page => ({
  seqs: edges.map(({ node }: any) => node.seq),
  ...pageInfo,
});
const messages = async (given: object): Promise<Page> =>
  shown((await bob.does(MESSAGES, { id: channelId, roots: false, ...given })).channel);
const replies = async (given: object): Promise<Page> =>
  shown((await bob.does(REPLIES, { id: ids[0], ...given })).message);
const refusal = async (given: object) => bob.isRefused(MESSAGES, { id: channelId, roots: false, ...given });

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('a page around a message', () => {
  test.each([
    ['in the middle', 15, 5, range(13, 17), true, true],
    ['of an even size', 15, 4, range(13, 16), true, true],
    ['of one message', 15, 1, [15], true, true],
    ['at the start', 1, 5, range(1, 5), false, true],
    ['near the start', 2, 5, range(1, 5), false, true],
    ['at the end', COUNT, 5, range(26, 30), true, false],
    ['near the end', COUNT - 1, 6, range(25, 30), true, false],
    ['of the whole list', 15, 100, range(1, 30), false, false],
    ['of exactly the whole list', 15, 30, range(1, 30), false, false],
  ])('%s', async (_where, seq, first, seqs, hasPreviousPage, hasNextPage) => {
    for (const around of [ids[seq - 1], cursors[seq - 1], ids[seq - 1]!.toUpperCase()])
      for (const size of [{ first }, { last: first }])
        expect(await messages({ around, ...size })).toMatchObject({ seqs, hasPreviousPage, hasNextPage });
  });

  test('has list cursors that lead on in both directions, to each message once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: COUNT }),
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        async (seq, first, roots) => {
          const page = await messages({ around: ids[seq - 1], first, roots });
          const seqs = [...page.seqs];
          for (let at = page; at.hasPreviousPage;) {
            at = await messages({ last: first, before: at.startCursor, roots });
            seqs.unshift(...at.seqs);
          }
          for (let at = page; at.hasNextPage;) {
            at = await messages({ first, after: at.endCursor, roots });
            seqs.push(...at.seqs);
          }
          expect(seqs).toEqual(range(1, COUNT).filter((one) => !roots || !isReply(one)));
          expect(page.seqs).toHaveLength(Math.min(first, seqs.length));
        },
      ),
      { numRuns: 25 },
    );
  });

  test('has the default size without one', async () => {
    expect((await messages({ around: ids[14] })).seqs).toEqual(range(5, 24));
  });

  test('of a thread, around a reply, the root or any place in the channel', async () => {
    const all = range(1, COUNT).filter(isReply);
    expect(await replies({ around: ids[14], first: 3 })).toMatchObject({
      seqs: [12, 15, 18],
      hasPreviousPage: true,
      hasNextPage: true,
    });
    expect(await replies({ around: ids[0], first: 3 })).toMatchObject({ seqs: [3, 6, 9], hasPreviousPage: false });
    expect(await replies({ around: cursors[15], first: 3 })).toMatchObject({ seqs: [15, 18, 21] });
    expect(await replies({ around: ids[29], first: 100 })).toMatchObject({ seqs: all, hasNextPage: false });
  });

  test('at any event cursor of the channel', async () => {
    const { channel } = await bob.does('query ($id: ID!) { channel(id: $id) { cursor } }', { id: channelId });
    expect(await messages({ around: channel.cursor, first: 3 })).toMatchObject({
      seqs: [28, 29, 30],
      hasNextPage: false,
    });
    const empty = await ada.creates();
    const { cursor } = (await ada.does('query ($id: ID!) { channel(id: $id) { cursor } }', { id: empty })).channel;
    const read = async () => shown((await ada.does(MESSAGES, { id: empty, roots: false, around: cursor })).channel);
    expect(await read()).toMatchObject({ seqs: [], hasPreviousPage: false, hasNextPage: false, startCursor: null });
    await ada.sends(empty, 'after the cursor');
    expect(await read()).toMatchObject({ seqs: [1], hasPreviousPage: false, hasNextPage: false });
  });

  test('is refused for other places and with other arguments', async () => {
    const elsewhere = await ada.sends(await ada.creates({ members: [bob] }), 'elsewhere', { select: 'id cursor' });
    const hidden = await ada.sends(await ada.creates(), 'hidden');
    const { startCursor } = await messages({ first: 1 });
    const UNKNOWN = 'around must be the id of a message of this channel, or an event cursor of this channel.';
    const FOREIGN = 'around is not an event cursor of this stream. Use the cursor of one of its events.';
    for (const [around, message] of [
      [elsewhere.id, UNKNOWN],
      [hidden.id, UNKNOWN],
      [newId(), UNKNOWN],
      [elsewhere.cursor, FOREIGN],
      [startCursor, FOREIGN],
      ['', FOREIGN],
      ['nonsense', FOREIGN],
    ])
      expect(await refusal({ around })).toMatchObject({ code: 'BAD_USER_INPUT', fields: { around: message } });
    const around = ids[3];
    for (const wrong of [{ after: startCursor }, { before: startCursor }])
      expect(await refusal({ around, ...wrong })).toMatchObject({
        fields: { around: 'around cannot be combined with after or before.' },
      });
    expect(await refusal({ around, first: 1, last: 1 })).toMatchObject({ code: 'BAD_USER_INPUT' });
    for (const size of [0, -1, 101])
      for (const argument of ['first', 'last'])
        expect(await refusal({ around, [argument]: size })).toMatchObject({
          fields: { [argument]: `${argument} must be between 1 and 100.` },
        });
  });

  test('is refused at a cursor of another epoch', async () => {
    const restored = messaging.person();
    const id = await restored.creates();
    const { cursor } = await restored.sends(id, 'before the restore', { select: 'cursor' });
    const [name, seq] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [string, number];
    const old = Buffer.from(JSON.stringify([name, seq, 'another'])).toString('base64url');
    expect(await restored.isRefused(MESSAGES, { id, roots: false, around: old })).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });
});

test('root messages only, forwards and backwards', async () => {
  const roots = range(1, COUNT).filter((seq) => !isReply(seq));
  expect((await messages({ roots: true, first: 100 })).seqs).toEqual(roots);
  expect(await messages({ roots: true, last: 4 })).toMatchObject({ seqs: roots.slice(-4), hasPreviousPage: true });
  const first = await messages({ roots: true, first: 4 });
  expect(first.seqs).toEqual([1, 2, 4, 5]);
  expect((await messages({ roots: false, first: 3, after: first.endCursor })).seqs).toEqual([6, 7, 8]);
});

describe('the two kinds of cursor have names of their own in errors', () => {
  const LIST = (argument: string) =>
    `${argument} is not a list cursor of this list. Use the cursor of one of its edges, startCursor or endCursor.`;

  test('an event cursor is not a list cursor', async () => {
    for (const given of [{ last: 3, before: cursors[3] }, { before: 'x' }])
      expect(await refusal(given)).toMatchObject({ code: 'BAD_USER_INPUT', fields: { before: LIST('before') } });
    expect(await refusal({ first: 3, after: cursors[3] })).toMatchObject({ fields: { after: LIST('after') } });
  });

  test('a list cursor is not an event cursor', async () => {
    const { startCursor } = await messages({ first: 1 });
    const follow = ada.follows(
      'subscription ($id: ID!, $after: String) { messageAdded(channelId: $id, after: $after) { id } }',
      { id: channelId, after: startCursor },
    );
    await expect(follow).rejects.toThrow(
      'after is not an event cursor of this stream. Use the cursor of one of its events.',
    );
  });

  const NOT_OF_LIST = Buffer.from(JSON.stringify(['channels', 7])).toString('base64url');
  test.each([
    ['channels', '{ channels(first: 1, after: $cursor) { edges { cursor } } }'],
    ['scheduledMessages', '{ scheduledMessages(first: 1, after: $cursor) { edges { cursor } } }'],
    ['projects', '{ projects(first: 1, after: $cursor) { edges { cursor } } }'],
    ['reports', '{ reports(first: 1, after: $cursor) { edges { cursor } } }'],
    ['searchMessages', '{ searchMessages(query: "x", first: 1, after: $cursor) { edges { cursor } } }'],
  ])('%s words an invalid list cursor alike', async (_list, query) => {
    for (const cursor of [NOT_OF_LIST, cursors[0], 'nonsense'])
      expect(await ada.isRefused(`query ($cursor: String) ${query}`, { cursor })).toMatchObject({
        code: 'BAD_USER_INPUT',
        fields: { after: LIST('after') },
      });
  });
});
