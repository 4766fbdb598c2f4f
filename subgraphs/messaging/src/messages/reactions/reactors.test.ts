/** The accounts that reacted with an emoji, in pages. */
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';

let messaging: TestMessaging;
let people: Person[];
let id: string;

beforeAll(async () => {
  messaging = await startTestMessaging();
  people = Array.from({ length: 5 }, () => messaging.person());
  const [ada, ...others] = people as [Person, ...Person[]];
  id = (await ada.sends(await ada.creates({ members: others }), 'hello')).id;
  for (const person of people) await person.does(REACT, { id, emoji: '👍' });
  await people[3]!.does(REACT, { id, emoji: '🎉' });
});
afterAll(() => messaging[Symbol.asyncDispose]());

const REACT = 'mutation ($id: ID!, $emoji: String!) { addReaction(messageId: $id, emoji: $emoji) { id } }';
const UNREACT = 'mutation ($id: ID!, $emoji: String!) { removeReaction(messageId: $id, emoji: $emoji) { id } }';
const REACTORS = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { message(id: $id) { reactions {
  emoji count reactors(first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { user { id } reactedAt } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } } }`;

const reactors = async (given: object = {}) => {
  const { message } = await people[0]!.does(REACTORS, { id, ...given });
  return message.reactions.map(({ emoji, count, reactors: { edges, pageInfo } }: any) => ({
    emoji,
    count,
    who: edges.map(({ node }: any) => people.findIndex((person) => person.id === node.user.id)),
    ...pageInfo,
  }));
};

test('are listed per emoji, in the order of their reactions', async () => {
  expect(await reactors()).toMatchObject([
    { emoji: '👍', count: 5, who: [0, 1, 2, 3, 4], hasNextPage: false, hasPreviousPage: false },
    { emoji: '🎉', count: 1, who: [3] },
  ]);
});

test('come in pages, in both directions', async () => {
  const [page] = await reactors({ first: 2 });
  expect(page).toMatchObject({ who: [0, 1], hasNextPage: true });
  // The list cursor is one of this emoji's list, so the list of the other emoji refuses it.
  expect(await people[0]!.isRefused(REACTORS, { id, first: 2, after: page.endCursor })).toMatchObject({
    fields: { after: expect.stringContaining('is not a list cursor of this list') },
  });
  await people[3]!.does(UNREACT, { id, emoji: '🎉' });
  expect((await reactors({ first: 2, after: page.endCursor }))[0]).toMatchObject({ who: [2, 3], hasNextPage: true });
  expect((await reactors({ last: 2 }))[0]).toMatchObject({ who: [3, 4], hasPreviousPage: true, hasNextPage: false });
  const [last] = await reactors({ last: 2 });
  expect((await reactors({ last: 9, before: last.startCursor }))[0]).toMatchObject({
    who: [0, 1, 2],
    hasNextPage: true,
  });
});

test('change with the reactions', async () => {
  await people[0]!.does(UNREACT, { id, emoji: '👍' });
  await people[0]!.does(REACT, { id, emoji: '👍' });
  expect((await reactors())[0]).toMatchObject({ count: 5, who: [1, 2, 3, 4, 0] });
});
