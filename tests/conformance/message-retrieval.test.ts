/** Messages as a source of searches and answers: who opts in, what is found, and how its end takes effect, in the whole system. */
import { eventually } from '@chat/kit/testing/eventually';
import fc from 'fast-check';
import type { Person } from './harness/person';
import { privateChannel } from './harness/private-channel';
import { System } from './harness/system';

const OPEN = `mutation ($id: ID!, $open: Boolean!) { updateChannel(input: { id: $id, openToRetrieval: $open }) { openToRetrieval } }`;

const system = new System();
beforeAll(() => system.start(), 300_000);
afterAll(() => system[Symbol.asyncDispose]());

const open = (person: Person, id: string, isOpen = true) => person.asks(OPEN, { id, open: isOpen });
const send = async (person: Person, channelId: string, body: string): Promise<string> =>
  (await person.does('SendMessage', { input: { channelId, body } })).id;

/** The ids of the messages that a search finds. */
async function found(person: Person, query: string): Promise<string[]> {
  const results = await person.does('SemanticSearch', { query, sources: ['MESSAGE'], limit: 50 });
  return results.map(({ source }: { source: { id: string } | null }) => source?.id).sort();
}

test('messages of a channel that opted in are found and quoted, new, edited and deleted ones', async () => {
  const [owner, member, stranger] = await system.people('owner', 'member', 'stranger');
  const channelId = await privateChannel(owner, 'boiler room', member);
  const early = await send(member, channelId, 'The boiler is drained in October.');
  const question = 'When is the boiler drained?';
  expect(await found(owner, question)).toEqual([]);
  expect((await open(owner, channelId)).data.updateChannel).toEqual({ openToRetrieval: true });
  await eventually(async () => expect(await found(member, question)).toEqual([early]), 'the earlier message');
  const [result] = await member.does('SemanticSearch', { query: question });
  expect(result).toMatchObject({
    text: 'The boiler is drained in October.',
    source: { __typename: 'Message', id: early, channel: { id: channelId } },
  });
  const { answer, citations } = await member.does('Ask', { question });
  expect(answer).toBe('The boiler is drained in October. [1]');
  expect(citations).toMatchObject([{ number: 1, source: { __typename: 'Message' } }]);
  expect(await found(stranger, question)).toEqual([]);
  expect((await stranger.does('Ask', { question })).provider).toBe('none');

  const late = await send(owner, channelId, 'The chimney is swept by Ms Ember.');
  // Once both have vectors, the other message is found by meaning, too.
  await eventually(async () => expect(await found(member, 'Who sweeps the chimney?')).toContain(late), 'a new message');
  await owner.does('EditMessage', { id: late, body: 'The chimney is inspected by Mr Flue.' });
  // The earlier text ends with the edit; the new one follows.
  expect(await found(member, 'Ember')).toEqual([]);
  await eventually(async () => expect(await found(member, 'Flue')).toEqual([late]), 'the edited message');
  await owner.does('DeleteMessage', { id: late });
  expect(await found(member, 'Flue')).toEqual([]);

  await owner.does('RemoveMember', { channelId, userId: member.id });
  expect(await found(member, question)).toEqual([]);
  expect(await found(owner, question)).toEqual([early]);
  await open(owner, channelId, false);
  expect(await found(owner, question)).toEqual([]);
  await eventually(async () => {
    const left = await system.query('select 1 from knowledge.retrieved_messages where channel_id = $1', [channelId]);
    expect(left).toEqual([]);
  }, 'the removal of the messages from the index');
  const chunks = await system.query(`select 1 from knowledge.chunks where source = 'MESSAGE' and source_id = $1`, [
    early,
  ]);
  expect(chunks).toEqual([]);
});

test('owners and moderators of a channel decide, never for direct channels', async () => {
  const [owner, moderator, member] = await system.people('owner', 'moderator', 'member');
  const channelId = await privateChannel(owner, 'attic', moderator, member);
  await owner.does('SetMemberRole', { channelId, userId: moderator.id, role: 'MODERATOR' });
  const codeOf = async (person: Person, id: string) => (await open(person, id)).errors?.[0]?.extensions.code;
  expect(await codeOf(member, channelId)).toBe('FORBIDDEN');
  expect(await codeOf(moderator, channelId)).toBeUndefined();
  const direct = await owner.does('OpenDirectChannel', { userIds: [member.id] });
  expect(await codeOf(owner, direct.id)).toBe('FORBIDDEN');
});

test('over random channels, members and grants, everybody finds exactly the messages that they may read', async () => {
  const [owner, ...others] = await system.people('owner', 'one', 'two', 'three');
  const channels = fc.array(
    fc.record({
      type: fc.constantFrom('PUBLIC', 'PRIVATE'),
      isOpen: fc.boolean(),
      members: fc.uniqueArray(fc.nat(2)),
      granted: fc.option(fc.nat(2), { nil: undefined }),
      removed: fc.option(fc.nat(2), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 5 },
  );
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(channels, async (wanted) => {
      const word = `axolotl${++runs}`;
      const made = await Promise.all(
        wanted.map(async ({ type, isOpen, members, granted, removed }) => {
          const memberIds = members.map((member) => others[member]!.id);
          const { id } = await owner.does('CreateChannel', { input: { name: word, type, memberIds } });
          await open(owner, id, isOpen);
          const messageId = await send(owner, id, `The ${word} regrows its legs.`);
          if (granted !== undefined)
            await system.admin.does('GrantPermission', {
              input: { userId: others[granted]!.id, resourceType: 'Channel', resourceId: id, permission: 'READ' },
            });
          if (removed !== undefined && members.includes(removed))
            await owner.does('RemoveMember', { channelId: id, userId: others[removed]!.id });
          const isReader = (other: number) =>
            type === 'PUBLIC' || granted === other || (members.includes(other) && removed !== other);
          return { messageId, isOpen, isReader };
        }),
      );
      const readableBy = (isReader: (channel: (typeof made)[number]) => boolean) =>
        made.flatMap((channel) => (channel.isOpen && isReader(channel) ? channel.messageId : [])).sort();
      // By meaning, messages of earlier runs are found as well.
      const ids = made.map(({ messageId }) => messageId);
      const foundBy = async (person: Person) => (await found(person, word)).filter((id) => ids.includes(id));
      await eventually(async () => expect(await foundBy(owner)).toEqual(readableBy(() => true)), 'all messages');
      for (const [other, person] of others.entries())
        expect(await foundBy(person)).toEqual(readableBy(({ isReader }) => isReader(other)));
    }),
    { numRuns: 5 },
  );
}, 120_000);
