/**
 * What a user interface loads first and follows afterwards, through the gateway, with accounts of identity: a guest in #general, the
 * inbox, a jump to a message, and the accounts that reacted.
 */
import { ChatPerson } from '../../subgraphs/messaging/src/testing/chat-person';
import { JumpToMessageDocument, LoadInboxDocument, ReactorsDocument } from '../generated/operations';
import { HttpTransport } from '../harness/http-transport';
import type { Person } from './harness/person';
import { System } from './harness/system';

const GENERAL = '00000000-0000-7000-8000-000000000001';

const system = new System();
const transports = new AsyncDisposableStack();
beforeAll(() => system.start(), 300_000);
afterAll(async () => {
  await transports.disposeAsync();
  await system[Symbol.asyncDispose]();
});

const chatting = ({ token, id }: Person): ChatPerson =>
  new ChatPerson(transports.use(new HttpTransport(system.url, token)), id);

test('a guest walks from the login to a live message in #general', async () => {
  const guest = chatting(await system.guest('Passing by'));
  const [ada] = (await system.people('ada')).map(chatting) as [ChatPerson];
  for (const person of [guest, ada]) await person.joins(GENERAL);
  const { cursor } = await guest.sends(GENERAL, 'hello', { select: 'cursor' });
  await ada.sends(GENERAL, 'welcome');
  expect(await guest.hears({ channelId: GENERAL, cursor }, 1)).toMatchObject([{ body: 'welcome' }]);
});

test('the inbox is loaded once and followed from there', async () => {
  const [owner, reader] = await system.people('owner', 'reader');
  const [ada, bob] = [chatting(owner), chatting(reader)];
  const channelId = await ada.creates({ members: [bob] });
  await ada.sends(channelId, `look, @${reader.username}`);
  const { inbox } = await bob.does(LoadInboxDocument, {});
  expect(inbox.channels.edges[0]!.node).toMatchObject({
    id: channelId,
    viewerMembership: { unreadCount: 1, mentionCount: 1, notificationsMutedUntil: null },
  });
  expect(inbox.mentions.edges).toEqual([
    {
      node: {
        isUnread: true,
        message: {
          id: expect.any(String),
          body: `look, @${reader.username}`,
          author: { displayName: owner.displayName },
        },
      },
    },
  ]);
  await ada.does('mutation ($id: ID!) { deleteChannel(channelId: $id) }', { id: channelId });
  const live = await bob.follows(
    `subscription ($after: String) { inbox(after: $after) { __typename cursor ... on ChannelDeleted { channelId } } }`,
    { after: inbox.cursor },
  );
  let event;
  do [{ inbox: event }] = await live.take(1);
  while (event.__typename === 'UnreadChanged');
  expect(event).toMatchObject({ __typename: 'ChannelDeleted', channelId });
  await live.end();
});

test('a jump to a message, with its reactors and the readers of the channel', async () => {
  const [owner, reader] = await system.people('owner', 'reader');
  const [ada, bob] = [chatting(owner), chatting(reader)];
  const channelId = await ada.creates({ members: [bob] });
  const ids: string[] = [];
  for (const body of ['one', 'two', 'three']) ids.push((await ada.sends(channelId, body)).id);
  await bob.does('mutation ($m: ID!) { addReaction(messageId: $m, emoji: "👍") { id } }', { m: ids[1] });
  const { channel } = await bob.does(JumpToMessageDocument, { id: channelId, around: ids[1]! });
  expect(channel.messages.edges.map(({ node }) => node.body)).toEqual(['one', 'two', 'three']);
  expect(channel.messages.pageInfo).toMatchObject({ hasPreviousPage: false, hasNextPage: false });
  expect(channel.members).toEqual(
    expect.arrayContaining([
      { user: { displayName: owner.displayName }, lastReadSeq: 3 },
      { user: { displayName: reader.displayName }, lastReadSeq: 0 },
    ]),
  );
  const { message } = await ada.does(ReactorsDocument, { id: ids[1]! });
  expect(message.reactions).toMatchObject([
    { emoji: '👍', count: 1, reactors: { edges: [{ node: { user: { displayName: reader.displayName } } }] } },
  ]);
});
