/** Channels and members in the contract's operations: created, found, joined, left, changed, and followed live with resume. */
import { messagesAreHeard } from '../harness/beginnings';
import type { Data, Person } from '../harness/person';
import type { System } from '../harness/system';

export function channels(system: System): void {
  let ada: Person;
  let bob: Person;
  let eve: Person;
  let guest: Person;
  beforeAll(async () => {
    [ada, bob, eve] = await system.people('ada', 'bob', 'eve');
    guest = await system.guest('Passing by');
  });

  const create = (input: object): Promise<Data> => ada.does('CreateChannel', { input: { name: 'plans', ...input } });
  const idsOf = (members: Data[]): string[] => members.map(({ user }) => user.id as string).sort();

  test('a channel has the requested properties, and is public by default', async () => {
    expect(await create({ topic: 'What to do' })).toEqual({
      id: expect.any(String),
      name: 'plans',
      topic: 'What to do',
      type: 'PUBLIC',
      createdAt: expect.any(String),
    });
    expect(await create({ type: 'PRIVATE' })).toMatchObject({ type: 'PRIVATE', topic: null });
    expect((await guest.isRefused('CreateChannel', { input: { name: 'mine' } })).code).toBe('FORBIDDEN');
    expect((await system.nobody.isRefused('CreateChannel', { input: { name: 'mine' } })).code).toBe('UNAUTHENTICATED');
  });

  test('only moderators of a channel change it', async () => {
    const { id } = await create({ memberIds: [bob.id] });
    const input = { id, name: 'new plans', topic: 'Other things', slowModeSeconds: 5, retentionDays: 30 };
    expect((await bob.isRefused('UpdateChannel', { input })).code).toBe('FORBIDDEN');
    expect(await ada.does('UpdateChannel', { input })).toEqual(input);
    expect(await ada.does('UpdateChannel', { input: { id, topic: 'Others still' } })).toEqual({
      ...input,
      topic: 'Others still',
    });
  });

  test('a direct channel is the same for the same people, even if another of them opens it', async () => {
    const opened = await ada.does('OpenDirectChannel', { userIds: [bob.id] });
    expect(opened).toMatchObject({ id: expect.any(String), type: 'DIRECT' });
    expect(idsOf(opened.members)).toEqual([ada.id, bob.id].sort());
    expect((await bob.does('OpenDirectChannel', { userIds: [ada.id] })).id).toBe(opened.id);
    expect((await ada.does('OpenDirectChannel', { userIds: [bob.id, eve.id] })).id).not.toBe(opened.id);
    expect((await eve.isRefused('ChannelHistory', { id: opened.id })).code).toBe('NOT_FOUND');
    expect((await eve.isRefused('JoinChannel', { channelId: opened.id })).code).toBe('NOT_FOUND');
  });

  test('public channels are joined and left; private ones do not exist for others', async () => {
    const { id: channelId } = await create({});
    expect(await bob.does('JoinChannel', { channelId })).toEqual({
      id: channelId,
      viewerMembership: { role: 'MEMBER' },
    });
    await bob.does('SendMessage', { input: { channelId, body: 'I am in' } });
    expect(await bob.does('LeaveChannel', { channelId })).toBe(true);
    expect((await bob.isRefused('SendMessage', { input: { channelId, body: 'I am out' } })).code).toBe('FORBIDDEN');

    const { id: hidden } = await create({ type: 'PRIVATE' });
    for (const name of ['JoinChannel', 'LeaveChannel'])
      expect((await bob.isRefused(name, { channelId: hidden })).code).toBe('NOT_FOUND');
  });

  test('owners add and remove members, name moderators, and mute', async () => {
    const { id: channelId } = await create({ type: 'PRIVATE' });
    const added = await ada.does('AddMembers', { channelId, userIds: [bob.id, eve.id] });
    expect(idsOf(added.members)).toEqual([ada.id, bob.id, eve.id].sort());
    expect(added.members).toContainEqual({ user: { id: ada.id }, role: 'OWNER' });
    expect((await eve.isRefused('RemoveMember', { channelId, userId: bob.id })).code).toBe('FORBIDDEN');

    expect(await ada.does('SetMemberRole', { channelId, userId: bob.id, role: 'MODERATOR' })).toEqual({
      user: { id: bob.id },
      role: 'MODERATOR',
    });
    const until = new Date(Date.now() + 3_600_000).toISOString();
    expect(await bob.does('MuteMember', { channelId, userId: eve.id, until })).toEqual({
      user: { id: eve.id },
      mutedUntil: until,
    });
    expect((await eve.isRefused('SendMessage', { input: { channelId, body: 'hello' } })).code).toBe('FORBIDDEN');
    expect((await eve.isRefused('SetMemberRole', { channelId, userId: eve.id, role: 'OWNER' })).code).toBe('FORBIDDEN');

    expect(await bob.does('RemoveMember', { channelId, userId: eve.id })).toEqual({ id: channelId });
    expect((await eve.isRefused('ChannelHistory', { id: channelId })).code).toBe('NOT_FOUND');
    expect((await ada.isRefused('SetMemberRole', { channelId, userId: ada.id, role: 'MEMBER' })).code).toBe('CONFLICT');
  });

  test('the list of channels is searched and paged, and holds only visible channels', async () => {
    const names = ['zebra 1', 'zebra 2', 'zebra 3'];
    for (const name of names) await create({ name, memberIds: [bob.id] });
    await create({ name: 'zebra hidden', type: 'PRIVATE' });
    const list = async (person: Person) => {
      const found: Data[] = [];
      let after: string | null = null;
      for (let hasMore = true; hasMore;) {
        const page = await person.does('Channels', { search: 'ZEBRA', first: 2, after });
        found.push(...page.edges.map(({ node }: Data) => node));
        ({ hasNextPage: hasMore, endCursor: after } = page.pageInfo);
      }
      return found;
    };
    expect((await list(ada)).map(({ name }) => name)).toEqual([...names, 'zebra hidden']);
    const bobs = await list(bob);
    expect(bobs.map(({ name }) => name)).toEqual(names);
    expect(bobs[0]).toEqual({
      id: expect.any(String),
      name: 'zebra 1',
      topic: null,
      type: 'PUBLIC',
      memberCount: 2,
      viewerMembership: { role: 'MEMBER', unreadCount: 0, mentionCount: 0 },
    });
    expect((await list(eve))[0].viewerMembership).toBeNull();
  });

  describe('channelEvents', () => {
    let channelId: string;
    const send = (body: string) => ada.does('SendMessage', { input: { channelId, body } });
    /** Subscribes, and returns the first event. */
    async function follow(person: Person) {
      const watch = await person.follows('ChannelEvents', { channelId });
      const first = await messagesAreHeard(watch, ada, channelId);
      return { watch, cursor: first.cursor as string };
    }
    beforeEach(async () => {
      ({ id: channelId } = await create({ type: 'PRIVATE', memberIds: [bob.id] }));
    });

    test('announce every change, in order and complete', async () => {
      const { watch } = await follow(bob);
      const { id } = await send('hello');
      await ada.does('EditMessage', { id, body: 'hello, world' });
      await ada.does('AddReaction', { messageId: id, emoji: '👋' });
      await ada.does('PinMessage', { id });
      await ada.does('AddMembers', { channelId, userIds: [eve.id] });
      await ada.does('DeleteMessage', { id });
      const events = await watch.take(6);
      expect(events.map((event) => event.__typename)).toEqual([
        'MessageAdded',
        'MessageEdited',
        'ReactionsChanged',
        'PinsChanged',
        'MembersChanged',
        'MessageDeleted',
      ]);
      const [added, edited, reacted, pinned, members, deleted] = events;
      expect(added.message).toMatchObject({ id, author: { id: ada.id, displayName: ada.displayName } });
      expect(edited.message.id).toBe(id);
      expect(reacted.message.id).toBe(id);
      expect(pinned.message.id).toBe(id);
      expect(idsOf(members.channel.members)).toEqual([ada.id, bob.id, eve.id].sort());
      expect(deleted.messageId).toBe(id);
      expect(new Set(events.map(({ cursor }) => cursor)).size).toBe(6);
      await watch.end();
    });

    test('resume after a cursor with nothing lost, repeated or reordered, from any event on', async () => {
      const { watch, cursor } = await follow(bob);
      for (let number = 1; number <= 5; number++) await send(`number ${number}`);
      const live = await watch.take(5);
      await watch.end();
      const cursors = [cursor, ...live.map((event) => event.cursor)];
      const resumed = await Promise.all(cursors.map((after) => bob.follows('ChannelEvents', { channelId, after })));
      const late = await send('and then');
      for (const [seen, watchFrom] of resumed.entries()) {
        const events = await watchFrom.take(5 - seen + 1);
        expect(events.slice(0, -1)).toEqual(live.slice(seen));
        expect(events.at(-1).message.id).toBe(late.id);
        await watchFrom.end();
      }
    });

    test('end for removed members, and do not begin for others', async () => {
      const { watch } = await follow(bob);
      await ada.does('RemoveMember', { channelId, userId: bob.id });
      await watch.ends();
      for (const [person, code] of [
        [bob, 'NOT_FOUND'],
        [eve, 'NOT_FOUND'],
        [guest, 'NOT_FOUND'],
        [system.nobody, 'UNAUTHENTICATED'],
      ] as const)
        expect((await person.mayNotFollow('ChannelEvents', { channelId })).code).toBe(code);
    });
  });

  test('channelActivity announces typing and read markers', async () => {
    const { id: channelId } = await create({ type: 'PRIVATE', memberIds: [bob.id] });
    const watch = await bob.follows('ChannelActivity', { channelId });
    const typing = await watch.hasBegun(
      () => ada.does('SetTyping', { channelId }),
      (event) => event.__typename === 'TypingStarted',
    );
    expect(typing).toEqual({ __typename: 'TypingStarted', user: { id: ada.id, displayName: ada.displayName } });
    const { id: messageId } = await bob.does('SendMessage', { input: { channelId, body: 'read me' } });
    await ada.does('MarkRead', { channelId, messageId });
    const moved = await watch.until(({ __typename, user }) => __typename === 'ReadMarkerMoved' && user.id === ada.id);
    expect(moved).toEqual({ __typename: 'ReadMarkerMoved', user: { id: ada.id }, messageId });
    await watch.end();
    expect((await eve.isRefused('SetTyping', { channelId })).code).toBe('NOT_FOUND');
    expect((await eve.mayNotFollow('ChannelActivity', { channelId })).code).toBe('NOT_FOUND');
  });
}
