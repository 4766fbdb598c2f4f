/** Group commit: batches, order, a failing draft in a batch, concurrent repetitions. */
import { eventually } from '@chat/kit/testing/eventually';
import type { Database } from '@chat/kit/database/database';
import type { EventLog } from '@chat/kit/events/event-log';
import type { EventRow } from '@chat/kit/events/stream-kind';
import { newId } from '@chat/kit/ids';
import { draftOf } from '../testing/draft-of';
import { openTestDatabase } from '../testing/test-database';
import { startTestMessaging, type Person, type TestMessaging } from '../testing/test-messaging';
import type { MessageDraft } from './message-draft';
import type { SentMessage } from './message.store';
import { MessageWriter } from './message.writer';

let messaging: TestMessaging;
let database: Database;
let ada: Person;
let channelId: string;
let statements: number;
let published: EventRow[];
let writer: MessageWriter;

/** Each unit of work sends one statement. */
function pool() {
  statements++;
  return database.pool();
}

beforeAll(async () => {
  messaging = await startTestMessaging();
  database = await openTestDatabase(messaging);
  ada = messaging.person();
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await messaging[Symbol.asyncDispose]();
});
beforeEach(async () => {
  channelId = await ada.creates();
  statements = 0;
  published = [];
  const eventLog = { publish: (rows: EventRow[]) => published.push(...rows) } as unknown as EventLog;
  writer = new MessageWriter(pool, eventLog);
});

const draft = (body: string, more: Partial<MessageDraft> = {}): MessageDraft =>
  draftOf(channelId, ada.id, { body, ...more });

/** The outcome of an accepted draft. */
async function write(draft: MessageDraft, through = writer): Promise<SentMessage> {
  const outcome = await through.write(draft);
  if ('refusal' in outcome) throw new Error(outcome.refusal);
  return outcome;
}

test('a hundred concurrent drafts take one statement, later ones the next, in order of arrival', async () => {
  const bodies = Array.from({ length: 100 }, (_, i) => `message ${i}`);
  const first = bodies.slice(0, 60).map((body) => write(draft(body)));
  await new Promise(setImmediate); // the first are on their way
  const sent = await Promise.all([...first, ...bodies.slice(60).map((body) => write(draft(body)))]);
  expect(statements).toBe(2);
  expect(sent.map(({ message }) => message.seq)).toEqual(bodies.map((_, i) => i + 1));
  expect(sent.map(({ message }) => message.body)).toEqual(bodies);
  expect(published.map(({ seq }) => seq)).toEqual(sent.map(({ message }) => message.eventSeq));
});

test('a locked channel does not delay others', async () => {
  const other = await ada.creates();
  const em = database.fork();
  await em.begin();
  await em.execute('select 1 from messaging.channels where id = ? for update', [channelId]);
  const locked = write(draft('waits'));
  let isWritten = false;
  void locked.then(() => (isWritten = true));
  const isStuck = async () =>
    (
      await database.fork().execute<unknown[]>(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
         and query_start < clock_timestamp() - interval '120 ms'`,
      )
    ).length > 0;
  await eventually(isStuck, 'a statement that has waited for a lock for 120 ms');
  await write(draft('passes', { channelId: other }));
  expect(isWritten).toBe(false);
  await em.rollback();
  expect((await locked).message.seq).toBe(1);
});

test('an invalid draft fails alone and leaves no gap', async () => {
  const results = await Promise.allSettled(['a', 'b', 'not\0storable', 'c'].map((body) => write(draft(body))));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  const seqs = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.message.seq] : []));
  expect(seqs).toEqual([1, 2, 3]);
});

test('concurrent repetitions become one message, within and across processes', async () => {
  const other = new MessageWriter(() => database.pool(), { publish: () => undefined } as unknown as EventLog);
  const once = () => draft('once', { clientMutationId: 'race', digest: 'd' });
  const sent = await Promise.all([writer, other, writer, other, writer].map((each) => write(once(), each)));
  expect(new Set(sent.map(({ message }) => message.id)).size).toBe(1);
  const next = await write(draft('next'));
  expect(next.message.seq).toBe(2);
});

test('a refused draft affects neither other drafts nor counters', async () => {
  const stranger = messaging.person();
  await stranger.creates({ members: [ada] }).then((id) => (channelId = id));
  await database.fork().execute('update messaging.channels set slow_mode_seconds = 60 where id = ?', [channelId]);
  const reply = { parentId: newId() };
  const drafts = [
    draft('no such parent', reply),
    draft('the first of its author'),
    draft('too soon'),
    draft('of nobody', { authorId: newId() }),
    draft('of the owner', { authorId: stranger.id }),
    draft('checked against other words', { authorId: stranger.id, filterVersion: 1 }),
    draft('of the owner again', { authorId: stranger.id }),
    draft('granted', { authorId: newId(), isGranted: true }),
    draft('once', { authorId: stranger.id, clientMutationId: 'x' }),
    draft('twice', { authorId: stranger.id, clientMutationId: 'x' }),
  ];
  const outcomes = await Promise.all(drafts.map((each) => writer.write(each)));
  expect(statements).toBe(1);
  expect(outcomes.map((outcome) => ('refusal' in outcome ? outcome.refusal : outcome.message.seq))).toEqual([
    'PARENT',
    1,
    'WAIT',
    'CHANGED',
    2,
    'CHANGED',
    3,
    4,
    5,
    5,
  ]);
  expect(outcomes[2]).toEqual({ refusal: 'WAIT', waitMs: 60_000 });
  expect(published.map(({ seq }) => seq)).toHaveLength(5);
});

test('slow mode applies per author, including authors who write by a grant', async () => {
  const [stranger, other] = [newId(), newId()];
  await database.fork().execute('update messaging.channels set slow_mode_seconds = 60 where id = ?', [channelId]);
  const granted = (authorId: string) => draft('granted', { authorId, isGranted: true });
  await write(granted(stranger));
  await write(granted(other));
  expect(await writer.write(granted(stranger))).toEqual({ refusal: 'WAIT', waitMs: expect.any(Number) });
  await write({ ...granted(stranger), isExempt: true });
});
