/** Search, scheduled messages and drafts in the contract's operations. */
import { messagesAreHeard } from '../harness/beginnings';
import type { Data, Person } from '../harness/person';
import { privateChannel } from '../harness/private-channel';
import type { System } from '../harness/system';

export function search(system: System): void {
  let ada: Person;
  let bob: Person;
  let eve: Person;
  let channelId: string;
  beforeAll(async () => {
    [ada, bob, eve] = await system.people('ada', 'bob', 'eve');
    channelId = await privateChannel(ada, 'kitchen', bob);
  });

  const send = (author: Person, body: string, into = channelId): Promise<Data> =>
    author.does('SendMessage', { input: { channelId: into, body } });
  const bodies = ({ edges }: Data): string[] => edges.map(({ node }: Data) => node.message.body as string).sort();

  describe('searching', () => {
    let elsewhere: string;
    beforeAll(async () => {
      for (const body of [
        'The cakes are baked',
        'Wer hat den Kuchen gebacken?',
        'no cake today, https://example.org/cake',
      ])
        await send(ada, body);
      await send(bob, 'my cake is a lie');
      elsewhere = await privateChannel(bob, 'cellar');
      await send(bob, 'cake under the stairs', elsewhere);
    });

    test.each([
      ['baking cake', ['The cakes are baked']],
      ['Kuchen', ['Wer hat den Kuchen gebacken?']],
      ['"cake today"', ['no cake today, https://example.org/cake']],
      ['"today cake"', []],
      ['cake -lie -today -stairs', ['The cakes are baked']],
      ['cake from:BOB in:kitchen', ['my cake is a lie']],
      ['cake has:link', ['no cake today, https://example.org/cake']],
      ['cake before:2000-01-01', []],
      ['marzipan', []],
    ])('%s', async (query, found) => {
      expect(bodies(await bob.does('SearchMessages', { query: query.replace('BOB', bob.username) }))).toEqual(
        [...found].sort(),
      );
    });

    test('finds in one channel, or in all channels that the viewer may read, and in no others', async () => {
      expect(bodies(await bob.does('SearchMessages', { query: 'cake' }))).toHaveLength(4);
      expect(bodies(await bob.does('SearchMessages', { query: 'cake', channelId: elsewhere }))).toEqual([
        'cake under the stairs',
      ]);
      expect(bodies(await ada.does('SearchMessages', { query: 'cake' }))).not.toContain('cake under the stairs');
      expect(bodies(await eve.does('SearchMessages', { query: 'cake' }))).toEqual([]);
      expect(bodies(await ada.does('SearchMessages', { query: 'cake', channelId: elsewhere }))).toEqual([]);
    });

    test('returns complete messages with marked matches, page by page', async () => {
      const found: Data[] = [];
      let after: string | null = null;
      for (let hasMore = true; hasMore;) {
        const page = await bob.does('SearchMessages', { query: 'cake', first: 1, after });
        found.push(...page.edges.map(({ node }: Data) => node));
        ({ hasNextPage: hasMore, endCursor: after } = page.pageInfo);
      }
      expect(new Set(found.map(({ message }) => message.id)).size).toBe(4);
      for (const { message, snippet } of found) {
        expect(message).toEqual({
          id: expect.any(String),
          body: expect.stringMatching(/cake/),
          channel: { id: expect.any(String) },
          author: { id: expect.any(String) },
        });
        expect(snippet).toMatch(/<mark>cakes?<\/mark>/);
      }
    });
  });

  describe('scheduled messages', () => {
    const schedule = (body: string, inMs: number): Promise<Data> =>
      ada.does('ScheduleMessage', { input: { channelId, body, sendAt: new Date(Date.now() + inMs).toISOString() } });

    test('are sent in time, in the name of their author', async () => {
      const watch = await bob.follows('MessageAdded', { channelId });
      await messagesAreHeard(watch, ada, channelId);
      const scheduled = await schedule('it is time', 500);
      expect(scheduled).toEqual({
        id: expect.any(String),
        sendAt: expect.any(String),
        body: 'it is time',
        channel: { id: channelId },
      });
      const heard = await watch.next();
      expect(heard).toMatchObject({ body: 'it is time', author: { id: ada.id } });
      expect(Date.parse(heard.createdAt)).toBeGreaterThanOrEqual(Date.parse(scheduled.sendAt));
      await watch.end();
    });

    test('are cancelled by their author', async () => {
      const { id } = await schedule('never mind', 3_600_000);
      expect((await bob.isRefused('CancelScheduledMessage', { id })).code).toBe('NOT_FOUND');
      expect(await ada.does('CancelScheduledMessage', { id })).toBe(true);
      expect((await ada.isRefused('CancelScheduledMessage', { id })).code).toBe('NOT_FOUND');
    });
  });

  test('a draft is private to its author, in channels of the author', async () => {
    const save = (body: string) => ada.does('SaveDraft', { channelId, body });
    expect(await save('Dear')).toEqual({ channel: { id: channelId }, body: 'Dear', updatedAt: expect.any(String) });
    expect((await save('Dear all')).body).toBe('Dear all');
    const drafts = async (person: Person) => (await person.asks('{ drafts { body } }')).data.drafts;
    expect(await drafts(ada)).toEqual([{ body: 'Dear all' }]);
    expect(await drafts(bob)).toEqual([]);
    expect((await eve.isRefused('SaveDraft', { channelId, body: 'mine' })).code).toBe('NOT_FOUND');
  });
}
