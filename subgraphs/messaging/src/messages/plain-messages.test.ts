/** Both ways write the same, in the same order, and the short one leaves all other messages to the long one. */
import type { Database } from '@chat/kit/database/database';
import { newId } from '@chat/kit/ids';
import { eventually } from '@chat/kit/testing/eventually';
import { draftOf } from '../testing/draft-of';
import { openTestDatabase } from '../testing/test-database';
import { startTestMessaging, type Person, type TestMessaging } from '../testing/test-messaging';
import type { MessageDraft } from './message-draft';
import { insertMessages, type SendOutcome } from './message.store';
import { insertPlainMessages, isPlain } from './plain-messages.store';

let messaging: TestMessaging;
let database: Database;
let ada: Person;
let ben: Person;
const pool = () => database.pool();
beforeAll(async () => {
  messaging = await startTestMessaging();
  database = await openTestDatabase(messaging);
  [ada, ben] = [messaging.person(), messaging.person()];
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await messaging[Symbol.asyncDispose]();
});

const plainDraft = (channelId: string, author: Person, body: string, more: Partial<MessageDraft> = {}): MessageDraft =>
  draftOf(channelId, author.id, { body, isInPlainChannel: true, ...more });

const seqsOf = (outcomes: SendOutcome[]) =>
  outcomes.map((outcome) => ('refusal' in outcome ? outcome.refusal : outcome.message.seq));

/** All that sending changes in a channel, without ids and times of the clock. */
async function stateOf(channelId: string): Promise<unknown> {
  const em = database.fork();
  const [row] = await em.execute<{ state: unknown }[]>(
    `select jsonb_build_object(
       'channel', (select jsonb_build_array(last_seq, last_activity_at = (select max(created_at) from messaging.messages where channel_id = c.id))
         from messaging.channels c where id = :id),
       'stream', (select last_seq from messaging.event_stream where stream = 'channel:' || :id),
       'messages', (select jsonb_agg(to_jsonb(m) - '{id,channel_id,created_at}'::text[] order by seq) from messaging.messages m where channel_id = :id),
       'events', (select jsonb_agg(jsonb_build_array(e.seq, e.type, e.payload - 'messageId', m.seq, e.created_at = m.created_at) order by e.seq)
         from messaging.event e left join messaging.messages m on m.id::text = e.payload->>'messageId' where e.stream = 'channel:' || :id),
       'members', (select jsonb_agg(to_jsonb(m) - '{channel_id,joined_at,last_sent_at}'::text[] || jsonb_build_object('sent', (
           select max(created_at) from messaging.messages n where n.channel_id = m.channel_id and n.author_id = m.user_id) = m.last_sent_at)
         order by user_id) from messaging.members m where channel_id = :id)) as state`
      .replaceAll("'channel:' || :id", `'channel:${channelId}'`)
      .replaceAll(':id', `'${channelId}'`),
  );
  return row!.state;
}

test('both ways write the same', async () => {
  const channels = await Promise.all([1, 2, 3, 4].map(() => ada.creates({ members: [ben] })));
  const [one, two, ...long] = channels as [string, string, string, string];
  const drafts = ([a, b]: string[]) => [
    plainDraft(b!, ada, 'first', { mentionedIds: [ben.id] }),
    plainDraft(a!, ben, 'second', { document: `'second':1` }),
    plainDraft(b!, ben, 'third', { clientMutationId: `of ${b}`, digest: 'd' }),
    plainDraft(b!, ada, 'fourth'),
  ];
  const short = drafts([one, two]);
  expect(await insertPlainMessages(pool, short)).toHaveLength(4);
  await insertMessages(
    pool,
    drafts(long).map((draft) => ({ ...draft, isInPlainChannel: false })),
  );
  const unkeyed = (state: unknown) => JSON.parse(JSON.stringify(state).replaceAll(/of [0-9a-f-]{36}/g, 'of it'));
  expect(unkeyed(await stateOf(one))).toEqual(unkeyed(await stateOf(long[0])));
  expect(unkeyed(await stateOf(two))).toEqual(unkeyed(await stateOf(long[1])));
});

test('messages of a batch are numbered in its order, without gaps, and events are published with their numbers', async () => {
  const [one, two] = [await ada.creates({ members: [ben] }), await ada.creates({ members: [ben] })];
  const order = [one, two, two, one, two];
  const { outcomes, events } = await insertMessages(
    pool,
    order.map((channelId, index) => plainDraft(channelId, index % 2 ? ada : ben, `message ${index}`)),
  );
  expect(seqsOf(outcomes)).toEqual([1, 1, 2, 2, 3]);
  const appended = await database
    .fork()
    .execute(
      `select stream, seq::int, type, payload from messaging.event where type = 'MessageAdded' and stream in (?, ?)`,
      [`channel:${one}`, `channel:${two}`],
    );
  expect(events).toHaveLength(5);
  expect(appended).toEqual(expect.arrayContaining(events));
});

test.each<[string, (channelId: string) => Promise<Partial<MessageDraft>>, string | number]>([
  ['of nobody', async () => ({ authorId: newId() }), 'CHANGED'],
  ['checked against other words', async () => ({ filterVersion: 1 }), 'CHANGED'],
  [
    'sent before',
    async (channelId) => {
      const sent = plainDraft(channelId, ada, 'once', { clientMutationId: channelId, digest: 'd' });
      await insertMessages(pool, [sent]);
      return { clientMutationId: channelId, digest: 'd' };
    },
    1,
  ],
])('a draft %s leaves its batch to the long way, and no gap', async (_, moreOf, expected) => {
  const channelId = await ada.creates({ members: [ben] });
  const more = await moreOf(channelId);
  const before = await stateOf(channelId);
  const drafts = [plainDraft(channelId, ben, 'plain'), plainDraft(channelId, ada, 'not plain', more)];
  expect(await insertPlainMessages(pool, drafts)).toBeUndefined();
  expect(await stateOf(channelId)).toEqual(before);
  const next = expected === 1 ? 2 : 1;
  expect(seqsOf((await insertMessages(pool, drafts)).outcomes)).toEqual([next, expected]);
  expect(seqsOf((await insertMessages(pool, [plainDraft(channelId, ben, 'next')])).outcomes)).toEqual([next + 1]);
});

test('a draft that waits for its channel is judged by the state that it then finds, and is younger than the message before it', async () => {
  const channelId = await ada.creates({ members: [ben] });
  const em = database.fork();
  await em.begin();
  await em.execute('select 1 from messaging.channels where id = ? for no key update', [channelId]);
  const sending = [ada, ben].map((author) => insertMessages(pool, [plainDraft(channelId, author, 'waits')]));
  const areWaiting = async () =>
    (
      await database
        .fork()
        .execute<unknown[]>(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%send_plain%'`,
        )
    ).length === 2;
  await eventually(areWaiting, 'two statements that wait for the channel');
  await em.execute(`update messaging.members set state = 'BANNED' where channel_id = ? and user_id = ?`, [
    channelId,
    ben.id,
  ]);
  await em.execute(`select * from messaging.send_messages(?::jsonb)`, [
    JSON.stringify([{ ...plainDraft(channelId, ada, 'before'), ord: 0, analysis: 0 }]),
  ]);
  await em.commit();
  const [ofAda, ofBen] = await Promise.all(sending);
  expect([...seqsOf(ofAda!.outcomes), ...seqsOf(ofBen!.outcomes)]).toEqual([2, 'CHANGED']);
  const rows = await database
    .fork()
    .execute('select body from messaging.messages where channel_id = ? order by created_at', [channelId]);
  expect(rows).toEqual([{ body: 'before' }, { body: 'waits' }]);
});

test('processes that send into the same channels in any order do not hold each other up', async () => {
  const channels = await Promise.all(Array.from({ length: 8 }, () => ada.creates({ members: [ben] })));
  const outcomes = await Promise.all(
    Array.from({ length: 60 }, (_, round) => {
      const shuffled = channels.map((_channel, index) => channels[(index * 3 + round) % 8]!);
      const isLong = round % 3 === 0;
      return insertMessages(
        pool,
        shuffled.map((id) => plainDraft(id, round % 2 ? ada : ben, 'at once', { isInPlainChannel: !isLong })),
      );
    }),
  );
  expect(outcomes.flatMap((one) => seqsOf(one.outcomes)).sort((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: 480 }, (_, index) => Math.floor(index / 8) + 1),
  );
});

test.each<[string, Partial<MessageDraft>]>([
  ['a reply', { parentId: newId() }],
  ['with a notification', { addressedIds: [newId()] }],
  ['to everybody', { isToEverybody: true }],
  ['by a grant', { isGranted: true }],
  ['of a schedule', { origin: 'SCHEDULE' }],
  ['with stored text', { text: { html: '', ticketReferences: [] } }],
  ['with files', { attachmentIds: [newId()] }],
  ['with a question', { question: { answerId: newId(), keyId: null } }],
  ['into a direct or slow channel', { isInPlainChannel: false }],
])('a draft %s is not plain', (_, more) => {
  expect(isPlain(plainDraft(newId(), ada, 'text'))).toBe(true);
  expect(isPlain(plainDraft(newId(), ada, 'text', more))).toBe(false);
});
