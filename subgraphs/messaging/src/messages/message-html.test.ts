/** Stored HTML of messages: rendered when a message is written, and backfilled for earlier messages. */
import { eventually } from '@chat/kit/testing/eventually';
import { Client } from 'pg';
import { startTestMessaging, type Person, type TestMessaging } from '../testing/test-messaging';
import { openTestNames } from '../testing/test-names';

let messaging: TestMessaging;
let client: Client;
let ada: Person;
let bob: Person;
let channelId: string;

const LONG = `**bold** @bob OPS-1 ${'*word* '.repeat(400)}`;
const EDIT = 'mutation ($id: ID!, $body: String!) { editMessage(id: $id, body: $body) { bodyHtml mentions { id } } }';
const READ = 'query ($id: ID!) { message(id: $id) { bodyHtml mentions { id } } }';

beforeAll(async () => {
  messaging = await startTestMessaging();
  client = new Client({ connectionString: messaging.config.DATABASE_URL });
  await client.connect();
  [ada, bob] = [messaging.person(), messaging.person()];
  await using names = await openTestNames(messaging);
  await names.user(bob, 'bob');
  channelId = await ada.creates({ members: [bob] });
});
afterAll(async () => {
  await client.end();
  await messaging[Symbol.asyncDispose]();
});

const stored = async (id: string) =>
  (await client.query('select html, ticket_references from messaging.message_html where message_id = $1', [id])).rows;

test('HTML is stored, updated and deleted with its message', async () => {
  const { id, bodyHtml } = await ada.sends(channelId, '**a** OPS-42', { select: 'id bodyHtml' });
  expect(bodyHtml).toBe('<p><strong>a</strong> OPS-42</p>');
  expect(await stored(id)).toEqual([{ html: bodyHtml, ticket_references: ['OPS-42'] }]);
  const edited = await ada.does(EDIT, { id, body: '_b_' });
  expect(edited.editMessage.bodyHtml).toBe('<p><em>b</em></p>');
  expect(await stored(id)).toEqual([{ html: '<p><em>b</em></p>', ticket_references: [] }]);
  await ada.does(EDIT, { id, body: 'plain' });
  expect(await stored(id)).toEqual([]);
  await ada.does(EDIT, { id, body: '`code`' });
  await ada.does('mutation ($id: ID!) { deleteMessage(id: $id) { bodyHtml } }', { id });
  expect(await stored(id)).toEqual([]);
});

test('a text that needs no parser is not stored', async () => {
  const { id, bodyHtml } = await ada.sends(channelId, 'Hello, world!', { select: 'id bodyHtml' });
  expect(bodyHtml).toBe('<p>Hello, world!</p>');
  expect(await stored(id)).toEqual([]);
});

test('messages sent in one batch get their own HTML, and a repeated one keeps the first', async () => {
  const bodies = ['*one*', 'two', '**three**'];
  const sent = await Promise.all(bodies.map((body) => ada.sends(channelId, body, { select: 'id bodyHtml' })));
  expect(sent.map(({ bodyHtml }) => bodyHtml)).toEqual([
    '<p><em>one</em></p>',
    '<p>two</p>',
    '<p><strong>three</strong></p>',
  ]);
  const once = () => ada.sends(channelId, '~~once~~', { select: 'id bodyHtml', clientMutationId: 'once' });
  const [first, second] = [await once(), await once()];
  expect(second).toEqual(first);
  expect(await stored(first.id)).toHaveLength(1);
});

test('a long text is analysed in a thread, including its mentions', async () => {
  const message = await ada.sends(channelId, LONG, { select: 'id bodyHtml mentions { id }' });
  expect(message.bodyHtml).toMatch(/^<p><strong>bold<\/strong> @bob OPS-1 <em>word<\/em>/);
  expect(message.mentions).toEqual([{ id: bob.id }]);
});

test('the backfill covers earlier messages and corrects their mentions', async () => {
  const long = await ada.sends(channelId, LONG);
  const plain = await ada.sends(channelId, 'not @ bob');
  const wrong = await ada.sends(channelId, 'see https://medium.example/@bob');
  const missed = await ada.sends(channelId, '请@bob看看');
  await client.query(`delete from messaging.message_html`);
  await client.query('delete from messaging.message_html_backfill');
  await client.query('update messaging.messages set mentioned_ids = array[$2::uuid] where id = $1', [wrong.id, bob.id]);
  await client.query(`update messaging.messages set mentioned_ids = '{}' where id = $1`, [missed.id]);

  await using another = await messaging.startAnother();
  await eventually(
    async () =>
      (await client.query('select 1 from messaging.message_html_backfill where finished_at is not null')).rowCount ===
      1,
  );
  const { rows } = await client.query('select done, total from messaging.message_html_backfill');
  expect(rows[0].done).toBe(rows[0].total);
  expect(await stored(long.id)).toEqual([
    { html: expect.stringMatching(/^<p><strong>bold/), ticket_references: ['OPS-1'] },
  ]);
  expect(await stored(plain.id)).toHaveLength(1);
  const mentionsOf = async (id: string) =>
    (await messaging.elsewhere(bob, another).does(READ, { id })).message.mentions;
  expect(await mentionsOf(long.id)).toEqual([{ id: bob.id }]);
  expect(await mentionsOf(wrong.id)).toEqual([]);
  expect(await mentionsOf(missed.id)).toEqual([{ id: bob.id }]);
});
