/** Messages in the contract's operations: sent, paged in both directions, edited, deleted, pinned, and delivered live. */
import { messagesAreHeard } from '../harness/beginnings';
import type { Data, Person } from '../harness/person';
import { privateChannel } from '../harness/private-channel';
import type { System } from '../harness/system';

export function messages(system: System): void {
  let ada: Person;
  let bob: Person;
  let eve: Person;
  beforeAll(async () => {
    [ada, bob, eve] = await system.people('ada', 'bob', 'eve');
  });

  const openChannel = () => privateChannel(ada, 'plans', bob);

  const send = (author: Person, channelId: string, body: string, more: object = {}): Promise<Data> =>
    author.does('SendMessage', { input: { channelId, body, ...more } });

  test('a sent message is complete at once, and the same when it is read back', async () => {
    const channelId = await openChannel();
    const sent = await send(ada, channelId, `Hello **@${bob.username}**`);
    expect(sent).toEqual({
      id: expect.any(String),
      seq: 1,
      body: `Hello **@${bob.username}**`,
      bodyHtml: expect.stringContaining('<strong>'),
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      editedAt: null,
      deletedAt: null,
      author: { id: ada.id, username: ada.username, displayName: ada.displayName },
      parent: null,
      replyCount: 0,
      mentions: [{ id: bob.id, username: bob.username }],
      reactions: [],
      attachments: [],
      pinned: false,
    });
    const channel = await bob.does('ChannelHistory', { id: channelId, last: 10 });
    expect(channel).toMatchObject({ id: channelId, name: 'plans' });
    expect(channel.messages.edges.map(({ node }: Data) => node)).toEqual([sent]);
  });

  test('the history is paged backwards without loss or repetition, and marks its beginning', async () => {
    const channelId = await openChannel();
    const bodies = Array.from({ length: 7 }, (_, index) => `number ${index + 1}`);
    for (const body of bodies) await send(ada, channelId, body);

    const pages: string[][] = [];
    let before: string | null = null;
    for (let hasMore = true; hasMore;) {
      const { messages } = await bob.does('ChannelHistory', { id: channelId, last: 3, before });
      pages.unshift(messages.edges.map(({ node }: Data) => node.body));
      expect(messages.pageInfo.startCursor).toBe(messages.edges[0].cursor);
      ({ hasPreviousPage: hasMore, startCursor: before } = messages.pageInfo);
    }
    expect(pages).toEqual([bodies.slice(0, 1), bodies.slice(1, 4), bodies.slice(4)]);
  });

  test('only its author edits a message, and earlier versions are kept', async () => {
    const channelId = await openChannel();
    const { id } = await send(ada, channelId, 'first');
    expect((await bob.isRefused('EditMessage', { id, body: 'mine' })).code).toBe('FORBIDDEN');
    expect((await eve.isRefused('EditMessage', { id, body: 'mine' })).code).toBe('NOT_FOUND');
    await ada.does('EditMessage', { id, body: 'second' });
    expect(await ada.does('EditMessage', { id, body: 'third' })).toEqual({
      id,
      body: 'third',
      editedAt: expect.any(String),
      edits: [
        { body: 'first', editedAt: expect.any(String) },
        { body: 'second', editedAt: expect.any(String) },
      ],
    });
  });

  test('its author deletes a message, and an empty entry stays in the history', async () => {
    const channelId = await openChannel();
    const { id } = await send(bob, channelId, 'a secret');
    expect((await eve.isRefused('DeleteMessage', { id })).code).toBe('NOT_FOUND');
    expect(await bob.does('DeleteMessage', { id })).toEqual({ id, deletedAt: expect.any(String) });
    const { messages } = await ada.does('ChannelHistory', { id: channelId, last: 1 });
    expect(messages.edges[0].node).toMatchObject({ id, seq: 1, body: '', bodyHtml: '' });
    expect(JSON.stringify(messages)).not.toContain('a secret');
  });

  test('a repeated clientMutationId sends once', async () => {
    const channelId = await openChannel();
    const repeat = { clientMutationId: 'once' };
    const [first, again] = await Promise.all([
      send(ada, channelId, 'hello', repeat),
      send(ada, channelId, 'hello', repeat),
    ]);
    expect(again).toEqual(first);
    expect((await ada.does('ChannelHistory', { id: channelId })).messages.edges).toHaveLength(1);
    const other = { channelId, body: 'something else', ...repeat };
    expect((await ada.isRefused('SendMessage', { input: other })).code).toBe('CONFLICT');
  });

  test('members receive messages live, each once, in order and complete', async () => {
    const channelId = await openChannel();
    const watch = await bob.follows('MessageAdded', { channelId });
    await messagesAreHeard(watch, ada, channelId);
    const sent = await Promise.all(['one', 'two', 'three'].map((body) => send(ada, channelId, body)));
    const heard = await watch.take(3);
    expect(heard).toEqual(sent.sort((a: Data, b: Data) => a.seq - b.seq));
    await watch.end();
    expect((await eve.mayNotFollow('MessageAdded', { channelId })).code).toBe('NOT_FOUND');
    expect((await system.nobody.mayNotFollow('MessageAdded', { channelId })).code).toBe('UNAUTHENTICATED');
  });

  test('moderators of a channel pin messages, and all members see it', async () => {
    const channelId = await openChannel();
    const { id } = await send(bob, channelId, 'read this first');
    expect(await ada.does('PinMessage', { id })).toEqual({ id, pinned: true });
    expect((await bob.does('ChannelHistory', { id: channelId })).messages.edges[0].node.pinned).toBe(true);
    expect(await ada.does('UnpinMessage', { id })).toEqual({ id, pinned: false });
    expect((await eve.isRefused('PinMessage', { id })).code).toBe('NOT_FOUND');
  });
}
