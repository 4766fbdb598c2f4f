/** Threads, reactions and read markers in the contract's operations. */
import { messagesAreHeard } from '../harness/beginnings';
import type { Data, Person } from '../harness/person';
import { privateChannel } from '../harness/private-channel';
import type { System } from '../harness/system';

export function threads(system: System): void {
  let ada: Person;
  let bob: Person;
  let eve: Person;
  let channelId: string;
  beforeAll(async () => {
    [ada, bob, eve] = await system.people('ada', 'bob', 'eve');
  });
  beforeEach(async () => {
    channelId = await privateChannel(ada, 'talk', bob);
  });

  const send = (author: Person, body: string, parentId?: string): Promise<Data> =>
    author.does('SendMessage', { input: { channelId, body, parentId } });

  describe('threads', () => {
    test('replies are counted, and paged oldest first without loss or repetition', async () => {
      const { id } = await send(ada, 'a question');
      const bodies = ['one', 'two', 'three', 'four', 'five'];
      for (const body of bodies) expect((await send(bob, body, id)).parent).toEqual({ id });
      const replies: Data[] = [];
      let after: string | null = null;
      for (let hasMore = true; hasMore;) {
        const page: Data = (await ada.does('Thread', { id, first: 2, after })).replies;
        replies.push(...page.edges.map(({ node }: Data) => node));
        ({ hasNextPage: hasMore, endCursor: after } = page.pageInfo);
      }
      expect(replies).toEqual(bodies.map((body) => ({ id: expect.any(String), body, author: { id: bob.id } })));
      const { messages } = await ada.does('ChannelHistory', { id: channelId, last: 10 });
      expect(messages.edges.find(({ node }: Data) => node.id === id).node.replyCount).toBe(5);
    });

    test('a thread is visible to readers of its channel', async () => {
      const { id } = await send(ada, 'a question');
      expect((await eve.isRefused('Thread', { id })).code).toBe('NOT_FOUND');
      expect((await system.nobody.isRefused('Thread', { id })).code).toBe('UNAUTHENTICATED');
    });
  });

  describe('reactions', () => {
    test('are counted once per person, and each person sees their own', async () => {
      const { id: messageId } = await send(ada, 'cake!');
      await ada.does('AddReaction', { messageId, emoji: '🎂' });
      await bob.does('AddReaction', { messageId, emoji: '👍🏽' });
      expect(await bob.does('AddReaction', { messageId, emoji: '🎂' })).toEqual({
        id: messageId,
        reactions: [
          { emoji: '🎂', count: 2, viewerReacted: true },
          { emoji: '👍🏽', count: 1, viewerReacted: true },
        ],
      });
      const again = await ada.does('AddReaction', { messageId, emoji: '🎂' });
      expect(again.reactions).toEqual([
        { emoji: '🎂', count: 2, viewerReacted: true },
        { emoji: '👍🏽', count: 1, viewerReacted: false },
      ]);
      expect((await ada.does('RemoveReaction', { messageId, emoji: '🎂' })).reactions).toEqual([
        { emoji: '🎂', count: 1, viewerReacted: false },
        { emoji: '👍🏽', count: 1, viewerReacted: false },
      ]);
      expect((await ada.does('RemoveReaction', { messageId, emoji: '👍🏽' })).reactions).toHaveLength(2);
      for (const name of ['AddReaction', 'RemoveReaction'])
        expect((await eve.isRefused(name, { messageId, emoji: '🎂' })).code).toBe('NOT_FOUND');
    });

    test('two subscribers of a channel each receive their own viewerReacted', async () => {
      const { id: messageId } = await send(ada, 'cake!');
      const watches = await Promise.all([ada, bob].map((person) => person.follows('ChannelEvents', { channelId })));
      for (const watch of watches) await messagesAreHeard(watch, ada, channelId);
      await bob.does('AddReaction', { messageId, emoji: '🎂' });
      const heard = await Promise.all(
        watches.map((watch) => watch.until((event) => event.__typename === 'ReactionsChanged')),
      );
      expect(heard.map(({ message }) => message.reactions[0].viewerReacted)).toEqual([false, true]);
      for (const watch of watches) await watch.end();
    });
  });

  describe('read markers', () => {
    test('count later messages, and only move forward', async () => {
      const sent: Data[] = [];
      for (const body of ['one', `two @${bob.username}`, 'three']) sent.push(await send(ada, body));
      const unread = async () => {
        const { edges } = await bob.does('Channels', { search: 'talk', first: 100 });
        const { unreadCount, mentionCount } = edges.find(({ node }: Data) => node.id === channelId).node
          .viewerMembership;
        return { unreadCount, mentionCount };
      };
      expect(await unread()).toEqual({ unreadCount: 3, mentionCount: 1 });
      const read = (message: Data) => bob.does('MarkRead', { channelId, messageId: message.id });
      expect(await read(sent[1])).toEqual({ lastReadMessage: { id: sent[1].id }, unreadCount: 1 });
      expect(await unread()).toEqual({ unreadCount: 1, mentionCount: 0 });
      expect(await read(sent[0])).toEqual({ lastReadMessage: { id: sent[1].id }, unreadCount: 1 });
      expect(await read(sent[2])).toEqual({ lastReadMessage: { id: sent[2].id }, unreadCount: 0 });
    });

    test('are for members, and for messages of the channel', async () => {
      const { id: messageId } = await send(ada, 'one');
      const { id: other } = await ada.does('CreateChannel', { input: { name: 'elsewhere', memberIds: [bob.id] } });
      expect((await eve.isRefused('MarkRead', { channelId, messageId })).code).toBe('NOT_FOUND');
      expect((await bob.isRefused('MarkRead', { channelId: other, messageId })).code).toBe('BAD_USER_INPUT');
    });
  });
}
