/** Messages from before the text analysis: searches find them before, during and after the job that indexes them again. */
// cspell:disable
import { eventually } from '@chat/kit/testing/eventually';
import { Client } from 'pg';
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';

let messaging: TestMessaging;
let database: Client;
let ada: Person;
let channelId: string;

beforeAll(async () => {
  messaging = await startTestMessaging();
  database = new Client({ connectionString: messaging.config.DATABASE_URL });
  await database.connect();
  ada = messaging.person();
  channelId = await ada.creates();
});
afterAll(async () => {
  await database.end();
  await messaging[Symbol.asyncDispose]();
});

const SEARCH = `query ($q: String!, $c: ID) { searchMessages(query: $q, channelId: $c, first: 100) { edges { node { message { body } } } } }`;
const found = async (q: string): Promise<string[]> =>
  (await ada.does(SEARCH, { q, c: channelId })).searchMessages.edges.map((edge: any) => edge.node.message.body).sort();

/** Writes like a process of an earlier release. */
const insertOld = (bodies: readonly string[]) =>
  database.query(
    `insert into messaging.messages (id, channel_id, seq, event_seq, author_id, body, created_at)
     select uuidv7(), $1, 1000000 + n, 1000000 + n, $2, body, now() from unnest($3::text[]) with ordinality as t (body, n)`,
    [channelId, ada.id, bodies],
  );
const waiting = async (): Promise<number> =>
  Number(
    (await database.query('select count(*) from messaging.messages where analysis = 0 and deleted_at is null')).rows[0]
      .count,
  );
const analysisOf = async (id: string): Promise<number> =>
  (await database.query('select analysis from messaging.messages where id = $1', [id])).rows[0].analysis;

test('finds messages before they are reindexed, and reindexes them in batches', async () => {
  const filler = Array.from({ length: 1100 }, (_, n) => `filler ${n}`);
  await insertOld(['the engines were running', 'der Zug und sess.opts.x', 'was soll das', 'ein café', ...filler]);
  const { id } = await ada.sends(channelId, 'Engine, neu: der Zug');
  expect(await waiting()).toBe(1104);
  expect(await found('engine')).toEqual(['Engine, neu: der Zug', 'the engines were running']);
  expect(await found('"the engines"')).toEqual(['the engines were running']);
  expect(await found('zug -engine')).toEqual(['der Zug und sess.opts.x']);
  expect(await found('"der zug"')).toEqual(['Engine, neu: der Zug', 'der Zug und sess.opts.x']);
  expect(await found('was')).toEqual(['was soll das']);
  expect(await found(`was from:${ada.id}`)).toEqual(['was soll das']);
  expect(await found('engine or café')).toEqual(['Engine, neu: der Zug', 'ein café', 'the engines were running']);
  expect(await found('opts')).toEqual([]);

  await database.query(`select graphile_worker.add_job('messaging:reindex-messages', '{}')`);
  await eventually(async () => (await waiting()) === 0);
  expect(await found('opts')).toEqual(['der Zug und sess.opts.x']);
  expect(await found('cafe')).toEqual(['ein café']);
  expect(await found('"the engines"')).toEqual(['the engines were running']);
  expect(await found('was')).toEqual(['was soll das']);
  expect(await found('1099')).toEqual(['filler 1099']);
  expect(await analysisOf(id)).toBe(1);
});

test('an edit creates a new document, even if no word changes or an earlier release edits', async () => {
  const { id } = await ada.sends(channelId, 'Axolotl hier');
  const edit = (body: string) =>
    ada.does('mutation ($id: ID!, $body: String!) { editMessage(id: $id, body: $body) { id } }', { id, body });
  await edit('Axolotl, hier!');
  expect(await analysisOf(id)).toBe(1);
  await edit('Salamander hier');
  expect([await found('axolotl'), await found('salamanders')]).toEqual([[], ['Salamander hier']]);
  await database.query(`update messaging.messages set body = 'Grottenolm hier' where id = $1`, [id]);
  expect(await analysisOf(id)).toBe(0);
  expect([await found('salamander'), await found('grottenolm')]).toEqual([[], ['Grottenolm hier']]);
});

test('a deleted message leaves no words behind', async () => {
  const { id } = await ada.sends(channelId, 'verrät nichts');
  await ada.does('mutation ($id: ID!) { deleteMessage(id: $id) { id } }', { id });
  const { rows } = await database.query('select document::text from messaging.messages where id = $1', [id]);
  expect(rows).toEqual([{ document: '' }]);
});
