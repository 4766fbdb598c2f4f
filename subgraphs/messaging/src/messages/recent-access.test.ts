/** Sending with access that is known from an earlier message: without a read, and refused as soon as anything has changed. */
import { startTestMessaging, type Person, type TestMessaging } from '../testing/test-messaging';
import { watchStatements } from '../testing/statements';

const SEND =
  'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id body channel { name memberCount } } }';
const MUTE =
  'mutation ($c: ID!, $u: ID!, $t: DateTime) { muteMember(channelId: $c, userId: $u, until: $t) { mutedUntil } }';
const FORBIDDEN = { code: 'FORBIDDEN' };

let messaging: TestMessaging;
let owner: Person;
let member: Person;
let channelId: string;

const message = (body: string, clientMutationId?: string) => ({ input: { channelId, body, clientMutationId } });
const about = () => ({ c: channelId, u: member.id });

beforeAll(async () => {
  messaging = await startTestMessaging();
});
afterAll(() => messaging[Symbol.asyncDispose]());
beforeEach(async () => {
  [owner, member] = [messaging.person(), messaging.person()];
  channelId = await owner.creates({ type: 'PRIVATE', members: [member] });
  await member.sends(channelId, 'the first', { clientMutationId: 'first' });
});

test('further messages take one statement each, and their channel is read anew', async () => {
  const statements = watchStatements();
  for (const body of ['a', 'b', 'c']) await member.sends(channelId, body);
  expect(statements.with('read_channel_access(')).toBe(0);
  expect(statements.with('send_plain_messages(')).toBe(3);
  statements[Symbol.dispose]();
  await owner.does('mutation ($c: ID!, $u: [ID!]!) { addMembers(channelId: $c, userIds: $u) { id } }', {
    c: channelId,
    u: [messaging.person().id],
  });
  expect((await member.does(SEND, message('d'))).sendMessage.channel.memberCount).toBe(3);
});

test.each([
  ['removed', 'mutation ($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }', { code: 'NOT_FOUND' }],
  ['banned', 'mutation ($c: ID!, $u: ID!) { banMember(channelId: $c, userId: $u) }', { code: 'NOT_FOUND' }],
])('an account that was %s is refused at once, also with a message that it has sent', async (_how, change, refusal) => {
  await owner.does(change, about());
  expect(await member.isRefused(SEND, message('the first', 'first'))).toEqual(refusal);
  expect(await member.isRefused(SEND, message('late'))).toEqual(refusal);
});

test('a mute, an archived channel, slow mode and filtered words count at once, and so does their end', async () => {
  await owner.does(MUTE, { ...about(), t: new Date(Date.now() + 60_000).toISOString() });
  expect(await member.isRefused(SEND, message('muted'))).toEqual(FORBIDDEN);
  await owner.does(MUTE, { ...about(), t: new Date(0).toISOString() });
  await member.does(SEND, message('heard again'));

  await owner.does('mutation ($c: ID!) { archiveChannel(channelId: $c) { id } }', { c: channelId });
  expect(await member.isRefused(SEND, message('archived'))).toEqual(FORBIDDEN);
  await owner.does('mutation ($c: ID!) { unarchiveChannel(channelId: $c) { id } }', { c: channelId });
  await member.does(SEND, message('open again'));

  const filter = 'mutation ($c: ID!, $w: [String!]!) { setFilteredWords(channelId: $c, words: $w) { id } }';
  await owner.does(filter, { c: channelId, w: ['heck'] });
  expect(await member.isRefused(SEND, message('what the heck'))).toMatchObject({ code: 'BAD_USER_INPUT' });

  await owner.does('mutation ($i: UpdateChannelInput!) { updateChannel(input: $i) { id } }', {
    i: { id: channelId, slowModeSeconds: 60 },
  });
  expect(await member.isRefused(SEND, message('too soon'))).toMatchObject({ code: 'RATE_LIMITED' });
});

test('an account that comes back writes at once', async () => {
  await owner.does('mutation ($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }', about());
  expect(await member.isRefused(SEND, message('out'))).toEqual({ code: 'NOT_FOUND' });
  await owner.does('mutation ($c: ID!, $u: [ID!]!) { addMembers(channelId: $c, userIds: $u) { id } }', {
    c: channelId,
    u: [member.id],
  });
  expect((await member.does(SEND, message('back'))).sendMessage.body).toBe('back');
  expect((await member.does(SEND, message('the first', 'first'))).sendMessage.body).toBe('the first');
});
