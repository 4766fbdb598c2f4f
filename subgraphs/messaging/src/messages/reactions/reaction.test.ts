/** Reactions, pins and replies. */
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';
import { MAX_PINS } from '../pins/pin.service';
import { oneEmoji } from './emoji';
import { MAX_REACTIONS } from './reaction.service';

let messaging: TestMessaging;
let ada: Person;
let bob: Person;
let eve: Person;
let channelId: string;
let id: string;

beforeAll(async () => {
  messaging = await startTestMessaging();
  [ada, bob, eve] = [messaging.person(), messaging.person(), messaging.person()];
});
afterAll(() => messaging[Symbol.asyncDispose]());
beforeEach(async () => {
  channelId = await ada.creates({ members: [bob] });
  id = (await ada.sends(channelId, 'hello')).id;
});

const PARTS = 'reactions { emoji count viewerReacted }';
const REACT = `mutation ($id: ID!, $e: String!) { addReaction(messageId: $id, emoji: $e) { ${PARTS} } }`;
const UNREACT = `mutation ($id: ID!, $e: String!) { removeReaction(messageId: $id, emoji: $e) { ${PARTS} } }`;

test('accepts any recommended emoji and normalises it', () => {
  for (const emoji of ['👍', '👍🏽', '🏳️‍🌈', '👩‍👩‍👧', '🇩🇪', '1️⃣']) expect(oneEmoji(emoji)).toBe(emoji);
  expect(oneEmoji('\u2764')).toBe('\u2764\uFE0F');
  for (const emoji of ['🏳️‍🌈', '🕵️‍♂️', '👁️‍🗨️', '1️⃣', '☝🏽', '❤️‍🔥', '🇩🇪'])
    expect(oneEmoji(emoji.replaceAll('\uFE0F', ''))).toBe(emoji);
  for (const text of ['', 'a', '1', '👍👍', ':smile:', '👍 ', '\u200D', '<b>'])
    expect(() => oneEmoji(text)).toThrow('exactly one emoji');
});

test("counts a reaction once per person and emoji, and marks the viewer's own", async () => {
  await bob.does(REACT, { id, e: '🎉' });
  await bob.does(REACT, { id, e: '🎉' });
  expect((await ada.does(REACT, { id, e: '🎉' })).addReaction.reactions).toEqual([
    { emoji: '🎉', count: 2, viewerReacted: true },
  ]);
  expect((await ada.does(UNREACT, { id, e: '🎉' })).removeReaction.reactions).toEqual([
    { emoji: '🎉', count: 1, viewerReacted: false },
  ]);
  expect((await bob.does(UNREACT, { id, e: '🎉' })).removeReaction.reactions).toEqual([]);
  expect(await bob.isRefused(REACT, { id, e: 'yes' })).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await eve.isRefused(REACT, { id, e: '🎉' })).toEqual({ code: 'NOT_FOUND' });
});

test('concurrent reactions are counted exactly', async () => {
  const people = Array.from({ length: 12 }, () => messaging.person());
  const crowd = await ada.creates({ members: people });
  const message = await ada.sends(crowd, 'vote');
  await Promise.all(people.map((person) => person.does(REACT, { id: message.id, e: '👍' })));
  const { message: counted } = await ada.does(`query ($id: ID!) { message(id: $id) { ${PARTS} } }`, message);
  expect(counted.reactions).toEqual([{ emoji: '👍', count: 12, viewerReacted: false }]);
});

test('the number of different emoji is limited, also under concurrency; further accounts may join', async () => {
  const faces = Array.from({ length: MAX_REACTIONS + 5 }, (_, i) => String.fromCodePoint(0x1f600 + i));
  const put = await Promise.allSettled(faces.map((e, i) => [ada, bob][i % 2]!.does(REACT, { id, e })));
  expect(put.filter(({ status }) => status === 'fulfilled')).toHaveLength(MAX_REACTIONS);
  const { reactions } = (await ada.does(`query ($id: ID!) { message(id: $id) { ${PARTS} } }`, { id })).message;
  expect(reactions.map(({ count }: any) => count)).toEqual(Array(MAX_REACTIONS).fill(1));
  for (const person of [ada, bob]) await person.does(REACT, { id, e: reactions[0].emoji });
  expect(await ada.isRefused(REACT, { id, e: '🎉' })).toMatchObject({ code: 'BAD_USER_INPUT' });
});

test('concurrent replies, reactions, pins and edits of one message do not conflict', async () => {
  const people = [ada, bob];
  const done = await Promise.all(
    Array.from({ length: 40 }, (_, i) => {
      const person = people[i % 2]!;
      if (i % 4 === 0) return bob.sends(channelId, `reply ${i}`, { parentId: id });
      if (i % 4 === 1) return person.does(REACT, { id, e: '🎉' });
      if (i % 4 === 2) return person.does('mutation ($id: ID!) { pinMessage(id: $id) { pinned } }', { id });
      return ada.does('mutation ($id: ID!, $b: String!) { editMessage(id: $id, body: $b) { id } }', { id, b: `${i}` });
    }),
  );
  expect(done).toHaveLength(40);
  const { message } = await ada.does('query ($id: ID!) { message(id: $id) { replyCount edits { body } } }', { id });
  expect([message.replyCount, message.edits.length]).toEqual([10, 10]);
});

test('members pin messages up to the limit, also concurrently', async () => {
  const pin = 'mutation ($id: ID!) { pinMessage(id: $id) { pinned } }';
  expect(await eve.isRefused(pin, { id })).toEqual({ code: 'NOT_FOUND' });
  expect((await bob.does(pin, { id })).pinMessage).toEqual({ pinned: true });
  const pinned = 'query ($id: ID!) { channel(id: $id) { pinnedMessages { id } } }';
  expect((await ada.does(pinned, { id: channelId })).channel.pinnedMessages).toEqual([{ id }]);
  expect((await ada.does('mutation ($id: ID!) { unpinMessage(id: $id) { pinned } }', { id })).unpinMessage.pinned).toBe(
    false,
  );
  const ids = await Promise.all(Array.from({ length: MAX_PINS + 3 }, (_, i) => ada.sends(channelId, `pin ${i}`)));
  const pins = await Promise.allSettled(ids.map((message) => bob.does(pin, message)));
  expect(pins.filter(({ status }) => status === 'fulfilled')).toHaveLength(MAX_PINS);
  const [first] = (await ada.does(pinned, { id: channelId })).channel.pinnedMessages;
  expect((await ada.does(pin, first)).pinMessage).toEqual({ pinned: true });
});

test('replies are listed and counted', async () => {
  for (let i = 1; i <= 5; i++) await bob.sends(channelId, `reply ${i}`, { parentId: id });
  await bob.sends(channelId, 'no reply');
  const thread = `query ($id: ID!, $first: Int, $after: String) { message(id: $id) { replyCount
    replies(first: $first, after: $after) { edges { node { body } } pageInfo { hasNextPage endCursor } } } }`;
  const { message } = await ada.does(thread, { id, first: 3 });
  expect(message.replyCount).toBe(5);
  expect(message.replies.pageInfo.hasNextPage).toBe(true);
  const rest = await ada.does(thread, { id, first: 3, after: message.replies.pageInfo.endCursor });
  expect(rest.message.replies.edges.map((edge: any) => edge.node.body)).toEqual(['reply 4', 'reply 5']);
});
