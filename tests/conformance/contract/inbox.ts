/** The inbox in the contract's operations: one person's events of all channels, live and resumed. */
import type { Data, Person } from '../harness/person';
import type { System } from '../harness/system';
import type { Watch } from '../harness/watch';

export function inbox(system: System): void {
  let ada: Person;
  let bob: Person;
  let eve: Person;
  beforeAll(async () => {
    [ada, bob, eve] = await system.people('ada', 'bob', 'eve');
  });

  const create = (input: object): Promise<Data> => ada.does('CreateChannel', { input: { name: 'news', ...input } });
  const send = (author: Person, channelId: string, body: string): Promise<Data> =>
    author.does('SendMessage', { input: { channelId, body } });

  /** Opens the inbox of `person`. @returns the cursor of its last event, too */
  async function open(person: Person): Promise<{ watch: Watch; cursor: string }> {
    const watch = await person.follows('Inbox');
    const event = await watch.hasBegun(
      () => create({ memberIds: [person.id] }),
      ({ __typename, channel }, created) => __typename === 'ChannelJoined' && channel.id === created.id,
    );
    return { watch, cursor: event.cursor as string };
  }

  test('announces joined and left channels, mentions, direct messages and unread counts', async () => {
    const { watch } = await open(bob);
    const { id: channelId } = await create({ type: 'PRIVATE', memberIds: [bob.id] });
    expect(await watch.next()).toEqual({
      __typename: 'ChannelJoined',
      cursor: expect.any(String),
      channel: { id: channelId, name: 'news' },
    });

    const { id } = await send(ada, channelId, `look, @${bob.username}`);
    expect(await watch.until(({ __typename }) => __typename === 'Mentioned')).toMatchObject({
      message: { id, body: `look, @${bob.username}`, channel: { id: channelId, name: 'news' } },
    });
    expect(await watch.until(({ __typename }) => __typename === 'UnreadChanged')).toMatchObject({
      channel: { id: channelId },
      unreadCount: 1,
      mentionCount: 1,
    });
    await bob.does('MarkRead', { channelId, messageId: id });
    expect(await watch.until(({ __typename }) => __typename === 'UnreadChanged')).toMatchObject({
      channel: { id: channelId },
      unreadCount: 0,
      mentionCount: 0,
    });

    const direct = await ada.does('OpenDirectChannel', { userIds: [bob.id] });
    const whisper = await send(ada, direct.id, 'psst');
    expect(await watch.until(({ __typename }) => __typename === 'DirectMessageReceived')).toMatchObject({
      message: { id: whisper.id, body: 'psst', channel: { id: direct.id } },
    });

    await ada.does('RemoveMember', { channelId, userId: bob.id });
    expect(await watch.until(({ __typename }) => __typename === 'ChannelLeft')).toMatchObject({ channelId });
    await watch.end();
  });

  test('resumes after a cursor with nothing lost, repeated or reordered', async () => {
    const { watch, cursor } = await open(eve);
    const isStored = ({ __typename }: Data) => __typename !== 'UnreadChanged';
    const { id: channelId } = await create({ memberIds: [eve.id] });
    for (const body of ['one', 'two', 'three']) await send(ada, channelId, `@${eve.username} ${body}`);
    const live: Data[] = [];
    while (live.length < 4) live.push(await watch.until(isStored));
    await watch.end();

    const resumed = await eve.follows('Inbox', { after: cursor });
    const missed: Data[] = [];
    while (missed.length < 4) missed.push(await resumed.until(isStored));
    expect(missed).toEqual(live);
    await resumed.end();

    const last = await eve.follows('Inbox', { after: live[2].cursor });
    expect(await last.until(isStored)).toEqual(live[3]);
    await last.end();
  });

  test('is private: a cursor of another inbox and an anonymous caller are refused', async () => {
    const { watch, cursor } = await open(bob);
    await watch.end();
    expect((await eve.mayNotFollow('Inbox', { after: cursor })).code).toBe('BAD_USER_INPUT');
    expect((await system.nobody.mayNotFollow('Inbox')).code).toBe('UNAUTHENTICATED');
  });
}
