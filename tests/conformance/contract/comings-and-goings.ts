/** Random changes of membership: members receive each message once and in order, and others are cut off and receive nothing. */
import { inTime } from '@chat/kit/testing/eventually';
import fc from 'fast-check';
import type { Data, Person } from '../harness/person';
import type { System } from '../harness/system';
import type { Watch } from '../harness/watch';

/** The messages of a channel that one person receives from a cursor until the system ends the stream. */
class Follower {
  readonly heard: string[] = [];
  readonly ended: Promise<void>;
  cursor: string;
  private readonly waiting = new Map<string, () => void>();

  /** @param start the number of messages before the cursor */
  constructor(
    private readonly watch: Watch,
    cursor: string,
    readonly start: number,
  ) {
    this.cursor = cursor;
    this.ended = this.read().catch(() => undefined);
  }

  /** Without a deadline: a round of the property may pass before anything is said here. */
  private async read(): Promise<void> {
    for await (const { data, errors } of this.watch) {
      if (errors) return;
      const { __typename, cursor, message }: Data = data.channelEvents;
      this.cursor = cursor as string;
      if (__typename !== 'MessageAdded') continue;
      this.heard.push(message.body as string);
      this.waiting.get(message.body as string)?.();
    }
  }

  async hears(body: string): Promise<void> {
    if (!this.heard.includes(body))
      await inTime(`"${body}"`, new Promise<void>((resolve) => this.waiting.set(body, resolve)));
  }

  end(): Promise<void> {
    return this.watch.end();
  }
}

const step = fc.record({
  action: fc.constantFrom('send', 'leave', 'expel', 'add', 'join'),
  who: fc.nat(2),
});
/** Concurrent steps; each concerns another person. */
const round = fc.uniqueArray(step, { selector: ({ who }) => who, minLength: 1, maxLength: 3 });

export function comingsAndGoings(system: System): void {
  let owner: Person;
  let others: Person[];
  beforeAll(async () => {
    const [first, ...rest] = await Promise.all(['olga', 'max', 'mia', 'moe'].map((name) => system.person(name)));
    [owner, others] = [first!, rest];
  });

  const look = async (person: Person, id: string): Promise<Data> =>
    (await person.asks('query ($id: ID!) { channel(id: $id) { cursor viewerMembership { role } } }', { id })).data
      ?.channel;

  async function follow(person: Person, channelId: string, start: number): Promise<Follower> {
    const { cursor } = await look(person, channelId);
    return new Follower(await person.follows('ChannelEvents', { channelId, after: cursor }), cursor as string, start);
  }

  /** A step that is not allowed at that moment is refused, and is a valid step, too. */
  async function take({ action, who }: { action: string; who: number }, channelId: string, body: string) {
    const other = others[who]!;
    const doing = {
      send: () => other.does('SendMessage', { input: { channelId, body } }),
      leave: () => other.does('LeaveChannel', { channelId }),
      expel: () => owner.does('RemoveMember', { channelId, userId: other.id }),
      add: () => owner.does('AddMembers', { channelId, userIds: [other.id] }),
      join: () => other.does('JoinChannel', { channelId }),
    }[action]!;
    await doing().catch((error: Error) => {
      if (!/FORBIDDEN|NOT_FOUND/.test(error.message)) throw error;
    });
  }

  async function history(channelId: string): Promise<string[]> {
    const { messages } = await owner.does('ChannelHistory', { id: channelId, last: 100 });
    return messages.edges.map(({ node }: Data) => node.body);
  }

  test('subscribers of the same operation receive only the fields that they may see', async () => {
    const { id: channelId } = await owner.does('CreateChannel', { input: { name: 'shared' } });
    const query = `subscription ($c: ID!, $after: String) { channelEvents(channelId: $c, after: $after) {
      ... on MessageAdded { cursor message { author { username email } } } } }`;
    const { cursor } = await look(owner, channelId);
    const listeners = [system.admin, others[0]!].map((person) =>
      person.socket.iterate<Data>({ query, variables: { c: channelId, after: cursor } }),
    );
    await owner.does('SendMessage', { input: { channelId, body: 'whose?' } });
    const [toAdmin, toOther] = (await Promise.all(listeners.map((each) => each.next()))).map(({ value }) => value);
    expect(toAdmin.data.channelEvents.message.author.email).toBe(owner.email);
    expect(JSON.stringify(toOther)).not.toContain(owner.email);
    expect(toOther.errors.map(({ extensions }: Data) => extensions.code)).toContain('FORBIDDEN');
    for (const each of listeners) await each.return!();
  });

  test('former members receive nothing, and members receive everything', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('PUBLIC', 'PRIVATE'),
        fc.array(round, { maxLength: 6 }),
        async (type, rounds) => {
          const input = { name: 'doors', type, memberIds: others.map(({ id }) => id) };
          const { id: channelId } = await owner.does('CreateChannel', { input });
          const followers = new Map<Person, Follower>();
          for (const person of others) followers.set(person, await follow(person, channelId, 0));

          for (const [index, steps] of rounds.entries()) {
            await Promise.all(steps.map((one) => take(one, channelId, `${index} by ${one.who}`)));
            for (const person of others) {
              const follower = followers.get(person);
              const isIn = Boolean((await look(person, channelId))?.viewerMembership);
              if (follower && !isIn) {
                await follower.ended; // by the system; the test does not end it
                followers.delete(person);
                const refusal = await person.mayNotFollow('ChannelEvents', { channelId, after: follower.cursor });
                expect(refusal.code).toBe(type === 'PUBLIC' ? 'FORBIDDEN' : 'NOT_FOUND');
                const sent = (await history(channelId)).slice(follower.start);
                expect(follower.heard).toEqual(sent.slice(0, follower.heard.length));
              } else if (!follower && isIn)
                followers.set(person, await follow(person, channelId, (await history(channelId)).length));
            }
            await owner.does('SendMessage', { input: { channelId, body: `end of ${index}` } });
          }

          await owner.does('SendMessage', { input: { channelId, body: 'the end' } });
          const sent = await history(channelId);
          for (const follower of followers.values()) {
            await follower.hears('the end');
            expect(follower.heard).toEqual(sent.slice(follower.start));
            await follower.end();
          }
        },
      ),
      { numRuns: 10 },
    );
  }, 60_000);
}
