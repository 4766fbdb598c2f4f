/**
 * What a client may rely on: a snapshot of a channel, however old, and the events since its cursor make what a fresh read gives,
 * whatever several people have done meanwhile and at once. And whoever is out may not follow.
 */
import fc from 'fast-check';
import { START_CURSOR_HEADER } from '@chat/kit/graphql/service';
import { channelStream } from '../channel.events';
import { startTestMessaging, type Listening, type Person, type TestMessaging } from '../../testing/test-messaging';

let messaging: TestMessaging;
let people: Person[];

beforeAll(async () => {
  messaging = await startTestMessaging();
  people = Array.from({ length: 4 }, () => messaging.person());
});
afterAll(() => messaging[Symbol.asyncDispose]());

const MESSAGE = 'id seq body editedAt deletedAt pinned reactions { emoji count } parent { id replyCount } replyCount';
const READ = `query ($id: ID!) { channel(id: $id) { cursor topic memberCount members { role user { id } } pinnedMessages { id }
  messages(first: 100) { edges { node { ${MESSAGE} } } } } }`;
const EVENTS = `subscription ($id: ID!, $after: String) { channelEvents(channelId: $id, after: $after) { __typename cursor
  ... on MessageAdded { message { ${MESSAGE} } } ... on MessageEdited { message { ${MESSAGE} } } ... on MessageDeleted { messageId }
  ... on ReactionsChanged { message { ${MESSAGE} } } ... on PinsChanged { message { ${MESSAGE} } }
  ... on MembersChanged { channel { memberCount members { role user { id } } } } ... on ChannelUpdated { channel { topic } } } }`;

/** What a client knows of a channel. */
interface View {
  cursor: string;
  topic: string | null;
  members: string[];
  messages: Map<string, any>;
}

const membersOf = (channel: any): string[] =>
  channel.members.map((member: any) => `${member.user.id} ${member.role}`).sort();

async function read(person: Person, id: string): Promise<View> {
  const { channel } = await person.does(READ, { id });
  const messages = channel.messages.edges.map(({ node }: any) => [node.id, node]);
  const pinned = channel.messages.edges.flatMap(({ node }: any) => (node.pinned ? [node.id] : []));
  expect(channel.pinnedMessages.map((message: any) => message.id)).toEqual(pinned.reverse());
  expect(channel.memberCount).toBe(channel.members.length);
  return { cursor: channel.cursor, topic: channel.topic, members: membersOf(channel), messages: new Map(messages) };
}

function apply(view: View, event: any): void {
  view.cursor = event.cursor;
  if (event.__typename === 'ChannelUpdated') view.topic = event.channel.topic;
  else if (event.__typename === 'MembersChanged') view.members = membersOf(event.channel);
  else if (event.__typename === 'MessageDeleted') {
    const { id, seq, parent, replyCount, deletedAt } = view.messages.get(event.messageId);
    const gone = { body: '', editedAt: null, deletedAt: deletedAt ?? 'deleted', pinned: false, reactions: [] };
    view.messages.set(id, { id, seq, parent, replyCount, ...gone });
  } else {
    const { message } = event;
    view.messages.set(message.id, message);
    const parent = message.parent && view.messages.get(message.parent.id);
    if (parent) parent.replyCount = message.parent.replyCount;
  }
}

/** What two views must agree on: not when exactly, nor what a deleted message was. */
const comparable = ({ topic, members, messages }: View) => ({
  topic,
  members,
  messages: [...messages.values()]
    .sort((a, b) => a.seq - b.seq)
    .map(({ seq, body, deletedAt, pinned, reactions, replyCount, parent }) => ({
      seq,
      body,
      isDeleted: deletedAt !== null,
      pinned,
      reactions,
      replyCount,
      parentId: parent?.id ?? null,
    })),
});

/** Applies what `live` brings, which must come one by one: nothing left out, twice or out of its place. */
async function catchUp(id: string, view: View, live: Listening, until: string): Promise<void> {
  while (view.cursor !== until) {
    const [{ channelEvents: event }] = await live.take(1);
    const [seen, known] = [event.cursor, view.cursor].map((cursor) => channelStream.position(id, cursor)!);
    expect(seen).toEqual({ ...known, seq: known!.seq + 1 });
    apply(view, event);
  }
}

const ACTIONS = {
  send: 'mutation ($c: ID!, $b: String!) { sendMessage(input: { channelId: $c, body: $b }) { id } }',
  reply:
    'mutation ($c: ID!, $m: ID!, $b: String!) { sendMessage(input: { channelId: $c, body: $b, parentId: $m }) { id } }',
  edit: 'mutation ($m: ID!, $b: String!) { editMessage(id: $m, body: $b) { id } }',
  remove: 'mutation ($m: ID!) { deleteMessage(id: $m) { id } }',
  react: 'mutation ($m: ID!, $e: String!) { addReaction(messageId: $m, emoji: $e) { id } }',
  unreact: 'mutation ($m: ID!, $e: String!) { removeReaction(messageId: $m, emoji: $e) { id } }',
  pin: 'mutation ($m: ID!) { pinMessage(id: $m) { id } }',
  unpin: 'mutation ($m: ID!) { unpinMessage(id: $m) { id } }',
  rename: 'mutation ($c: ID!, $b: String!) { updateChannel(input: { id: $c, topic: $b }) { id } }',
  leave: 'mutation ($c: ID!) { leaveChannel(channelId: $c) }',
  add: 'mutation ($c: ID!, $u: ID!) { addMembers(channelId: $c, userIds: [$u]) { id } }',
  expel: 'mutation ($c: ID!, $u: ID!) { removeMember(channelId: $c, userId: $u) { id } }',
};

const step = fc.record({
  action: fc.constantFrom(...(Object.keys(ACTIONS) as (keyof typeof ACTIONS)[]), 'send', 'send', 'reply', 'react'),
  actor: fc.nat(3),
  other: fc.nat(3),
  target: fc.nat(20),
  body: fc.constantFrom('one', 'two', '**three**'),
  emoji: fc.constantFrom('👍', '🎉'),
});

/** What is not allowed at that moment is as good a step as any; what fails otherwise is not. */
function refused(error: Error): undefined {
  if (!/FORBIDDEN|NOT_FOUND|BAD_USER_INPUT|CONFLICT/.test(error.message)) throw error;
}

test('an old snapshot and the events since are a fresh read, for every member', async () => {
  const sent = (done: any): string | undefined => done?.sendMessage?.id;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 10 }), async (rounds) => {
      const id = await people[0]!.creates({ members: people });
      const messages: string[] = [];
      const snapshots: [Person, View, Listening | undefined][] = [];
      for (const [index, round] of rounds.entries()) {
        const reader = people[index % people.length]!;
        const view = await read(reader, id).catch(refused);
        // Some follow from now on, and others come back later.
        const live = view && index % 2 ? await reader.follows(EVENTS, { id, after: view.cursor }) : undefined;
        if (view) snapshots.push([reader, view, live]);
        const done = await Promise.all(
          round.map(({ action, actor, other, target, body: b, emoji: e }) =>
            people[actor]!.does(ACTIONS[action], {
              c: id,
              m: messages[target % Math.max(messages.length, 1)] ?? id,
              u: people[other]!.id,
              b,
              e,
            }).catch(refused),
          ),
        );
        messages.push(...done.flatMap((result) => sent(result) ?? []));
      }
      for (const person of people) {
        const fresh = await read(person, id).catch(refused);
        expect(await person.mayFollow(EVENTS, { id })).toBe(fresh !== undefined);
        if (!fresh) continue;
        for (const [owner, view, live] of snapshots) {
          if (owner !== person) continue;
          const events = live ?? (await person.follows(EVENTS, { id, after: view.cursor }));
          await catchUp(id, view, events, fresh.cursor);
          await events.end();
          expect(comparable(view)).toEqual(comparable(fresh));
        }
      }
      for (const [, , live] of snapshots) await live?.end();
    }),
    { numRuns: 20 },
  );
}, 120_000);

test.each([
  ['channelEvents', '($id: ID!, $after: String) { channelEvents(channelId: $id, after: $after) { cursor } }'],
  ['messageAdded', '($id: ID!, $after: String) { messageAdded(channelId: $id, after: $after) { cursor } }'],
])('%s says where it begins where that is asked for, and resumes from there', async (_field, operation) => {
  const [ada] = people as [Person];
  const id = await ada.creates({ members: [] });
  await ada.does(ACTIONS.send, { c: id, b: 'before' });
  const live = await ada.follows(`subscription ${operation}`, { id }, { [START_CURSOR_HEADER]: '1' });
  const { data, extensions = {} } = await live.next();
  expect(data).toBeUndefined();
  await ada.does(ACTIONS.send, { c: id, b: 'after' });
  const [first] = await live.take(1);
  const resumed = await ada.follows(`subscription ${operation}`, { id, after: extensions.startCursor });
  expect(await resumed.take(1)).toEqual([first]);
  await Promise.all([live.end(), resumed.end()]);
});
