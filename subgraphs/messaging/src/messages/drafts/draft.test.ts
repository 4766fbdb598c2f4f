/** Drafts are live on all devices of their account, and on no other. */
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';

let messaging: TestMessaging;
let ada: Person;
let bob: Person;
let channelId: string;

beforeAll(async () => (messaging = await startTestMessaging()));
afterAll(() => messaging[Symbol.asyncDispose]());
beforeEach(async () => {
  [ada, bob] = [messaging.person(), messaging.person()];
  channelId = await ada.creates({ members: [bob] });
});

const SAVE = 'mutation ($c: ID!, $b: String!) { saveDraft(channelId: $c, body: $b) { body updatedAt } }';
const INBOX = `subscription ($after: String) { inbox(after: $after) { __typename
  ... on DraftChanged { channel { id } draft { body } } ... on ChannelJoined { channel { id } } } }`;
const cursorOf = async (person: Person): Promise<string> => (await person.does('{ inbox { cursor } }')).inbox.cursor;
const saves = async (b: string) => (await ada.does(SAVE, { c: channelId, b })).saveDraft;

test('the other devices hear of saved, changed and removed drafts, and of nothing that stays the same', async () => {
  const after = await cursorOf(ada);
  const live = await ada.follows(INBOX, { after });
  const heard = async () => (await live.take(1))[0].inbox;
  await saves('one');
  expect(await heard()).toEqual({ __typename: 'DraftChanged', channel: { id: channelId }, draft: { body: 'one' } });
  const { updatedAt } = await saves('two');
  expect(await heard()).toMatchObject({ draft: { body: 'two' } });
  expect(await saves('two')).toEqual({ body: 'two', updatedAt });
  await saves(' ');
  expect(await heard()).toEqual({ __typename: 'DraftChanged', channel: { id: channelId }, draft: null });
  await saves('');
  const id = await ada.creates();
  expect(await heard()).toEqual({ __typename: 'ChannelJoined', channel: { id } });
  await live.end();
  // A device that resumes gets the present draft with each event.
  const resumed = await ada.follows(INBOX, { after });
  expect((await resumed.take(3)).map(({ inbox }) => inbox)).toEqual([
    { __typename: 'DraftChanged', channel: { id: channelId }, draft: null },
    { __typename: 'DraftChanged', channel: { id: channelId }, draft: null },
    { __typename: 'DraftChanged', channel: { id: channelId }, draft: null },
  ]);
  await resumed.end();
});

test('other members hear nothing', async () => {
  const after = await cursorOf(bob);
  await saves('secret');
  expect(await cursorOf(bob)).toBe(after);
});
