/** Search: word forms of two languages, operators, ranking, snippets, access. */
import type { PageArguments } from '@chat/kit/graphql/connection';
import { encodeCursor } from '@chat/kit/graphql/cursor';
import { walkBothWays } from '@chat/kit/testing/pages';
import { Client } from 'pg';
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';
import { openTestNames, type TestNames } from '../../testing/test-names';
import { parseSearch } from './search-query';

let messaging: TestMessaging;
let names: TestNames;
let ada: Person;
let bob: Person;
let eve: Person;
let open: string;
let secret: string;

beforeAll(async () => {
  messaging = await startTestMessaging();
  names = await openTestNames(messaging);
  [ada, bob, eve] = [messaging.person(), messaging.person(), messaging.person()];
  await names.user(ada, 'ada');
  await names.user(bob, 'bob');
  open = await ada.creates({ type: 'PUBLIC', members: [bob] });
  secret = await ada.creates({ members: [bob] });
  await ada.sends(open, 'The engines were running all night');
  await bob.sends(open, 'Die Häuser am Fluss sind alt, see https://example.org/<b>');
  await ada.sends(open, 'a running joke about an engine that is running and running');
  await bob.sends(secret, 'the secret engine');
  const { id } = await ada.sends(open, 'engine, deleted');
  await ada.does('mutation ($id: ID!) { deleteMessage(id: $id) { id } }', { id });
});
afterAll(async () => {
  await names[Symbol.asyncDispose]();
  await messaging[Symbol.asyncDispose]();
});

const SEARCH = `query ($q: String!, $c: ID, $first: Int, $after: String) { searchMessages(query: $q, channelId: $c, first: $first, after: $after) {
  edges { node { message { body channel { id } } snippet } } pageInfo { hasNextPage endCursor } } }`;

const found = async (person: Person, q: string, more: object = {}) =>
  (await person.does(SEARCH, { q, ...more })).searchMessages.edges.map((edge: any) => edge.node.message.body as string);

test('finds other forms of a word, in English and in German', async () => {
  expect(await found(eve, 'engine')).toHaveLength(2);
  expect(await found(eve, 'run')).toHaveLength(2);
  expect(await found(eve, 'haus')).toHaveLength(1);
  expect(await found(eve, 'Hauses Flüsse')).toHaveLength(1);
});

test('the best match comes first, and pages do not overlap', async () => {
  const [best, ...rest] = await found(eve, 'running');
  expect(best).toContain('joke');
  const first = await eve.does(SEARCH, { q: 'running', first: 1 });
  expect(first.searchMessages.pageInfo.hasNextPage).toBe(true);
  expect(await found(eve, 'running', { first: 1, after: first.searchMessages.pageInfo.endCursor })).toEqual(rest);
});

test('results are the same in both directions, and forged cursors are refused', async () => {
  const query = `query ($first: Int, $after: String, $last: Int, $before: String) {
    searchMessages(query: "engine", first: $first, after: $after, last: $last, before: $before) {
      edges { cursor node { message { id } } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;
  const fetch = async (page: PageArguments) => (await bob.does(query, { ...page })).searchMessages;
  const { edges } = await fetch({ first: 100 });
  expect(edges).toHaveLength(3);
  const whole = edges.map(({ node }: any) => node);
  for (const size of [1, 2, 3, 100])
    expect(await walkBothWays(fetch, size)).toEqual({ forward: whole, backward: whole });
  for (const values of [['x'], [1], [1, 'x'], ['1', bob.id], [1, bob.id, 2]]) {
    const cursor = encodeCursor('searchMessages', ...values);
    for (const page of [{ after: cursor }, { before: cursor }])
      expect(await bob.isRefused(query, page)).toMatchObject({ code: 'BAD_USER_INPUT' });
  }
});

test('phrases, exclusions and operators narrow a search', async () => {
  expect(await found(eve, '"running joke"')).toHaveLength(1);
  expect(await found(eve, '"joke running"')).toHaveLength(0);
  expect(await found(eve, 'engine -joke')).toEqual(['The engines were running all night']);
  expect(await found(bob, 'engine from:@ada')).toHaveLength(2);
  expect(await found(bob, `engine from:${bob.id}`)).toEqual(['the secret engine']);
  expect(await found(bob, 'engine from:nobody')).toEqual([]);
  expect(await found(bob, `engine in:${secret}`)).toEqual(['the secret engine']);
  expect(await found(bob, 'engine in:"a channel"')).toHaveLength(3);
  expect(await found(bob, 'engine', { c: secret })).toEqual(['the secret engine']);
  expect(await found(bob, 'has:link')).toHaveLength(1);
  expect(await found(bob, 'engine has:file')).toEqual([]);
  expect(await found(bob, 'engine before:2020-01-01')).toEqual([]);
  expect(await found(bob, 'engine after:2020-01-01')).toHaveLength(3);
  expect(await found(bob, 'engine before:0001-01-01')).toEqual([]);
  expect(await found(bob, 'engine before:9999-12-31 after:0001-01-01')).toHaveLength(3);
  expect(await found(bob, 'engine after:9999-12-31')).toEqual([]);
});

test('phrases match as written including stop words, and are excluded likewise', async () => {
  const channelId = await ada.creates({ type: 'PUBLIC' });
  const bodies = [
    'Die Züge und der Bahnhof',
    'Züge und Bahnhof',
    'Zug und Bahnhof',
    'Bahnhof ohne Züge',
    'turned the key',
    'turned a key',
  ];
  for (const body of bodies) await ada.sends(channelId, body);
  const here = async (q: string) => (await found(eve, q, { c: channelId })).sort();
  expect(await here('"turned the key"')).toEqual(['turned the key']);
  expect(await here('"turned key"')).toEqual([]);
  expect(await here('"züge UND bahnhof"')).toEqual(['Züge und Bahnhof']);
  expect(await here('"zug und bahnhof"')).toEqual(['Zug und Bahnhof']);
  expect(await here('"the key" or "ohne züge"')).toEqual(['Bahnhof ohne Züge', 'turned the key']);
  expect(await here('bahnhof -"ohne züge" -"und der"')).toEqual(['Zug und Bahnhof', 'Züge und Bahnhof']);
  expect(await here('-zug')).toEqual(['turned a key', 'turned the key']); // in any of its forms
  expect(await here('-turns or "a key"')).toHaveLength(5);
});

test('stop words match as written if there are no other words', async () => {
  const channelId = await ada.creates({ type: 'PUBLIC' });
  for (const body of ['Was soll das?', 'so it was', 'in so was', 'washing up', 'nothing of it'])
    await ada.sends(channelId, body);
  const here = (q: string) => found(eve, q, { c: channelId });
  expect(await here('was')).toEqual(['in so was', 'so it was', 'Was soll das?']);
  expect(await here('SO was')).toEqual(['in so was', 'so it was']);
  expect(await here('"so was"')).toEqual(['in so was']);
  expect(await here('in or "was soll"')).toEqual(['Was soll das?', 'in so was']);
  expect(await here('in or washing')).toEqual(['washing up', 'in so was']);
  expect((await here('in or -was')).sort()).toEqual(['in so was', 'nothing of it', 'washing up']);
  expect(await here('was -so')).toEqual(['Was soll das?']);
  expect(await here('it -was')).toEqual(['nothing of it']);
  expect(await here(`was from:${bob.id}`)).toEqual([]);
  expect(await here('was washing')).toEqual(['washing up']); // ignored next to other words
  const [{ node }] = (await eve.does(SEARCH, { q: 'was', c: channelId })).searchMessages.edges;
  expect(node.snippet).toContain('<mark>was</mark>');
});

test('umlauts match in words and operators in any case', async () => {
  const namesake = messaging.person();
  await names.user(namesake, 'Jürgen');
  const input = { name: 'Büro Übung', type: 'PUBLIC' };
  const { createChannel: made } = await namesake.does(
    'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id } }',
    { input },
  );
  await namesake.sends(made.id, 'Größere ÄNDERUNGEN am Überbau: https://example.org/ä');
  for (const q of [
    'änderung',
    'ÜBERBAU',
    '"am überbau"',
    'from:@jürgen',
    'from:JU\u0308RGEN',
    'in:"büro übung" has:link',
  ])
    expect(await found(eve, q)).toHaveLength(1);
  expect(await found(eve, 'in:"BÜRO ÜBUNG" -änderung')).toEqual([]);
});

test('finds no message that the viewer may not read', async () => {
  expect(await found(bob, 'secret')).toEqual(['the secret engine']);
  expect(await found(eve, 'secret')).toEqual([]);
  expect(await found(eve, 'engine', { c: secret })).toEqual([]);
  expect(await found(eve, `in:${secret}`)).toEqual([]);
});

test('frequent words are found in the newest messages, with all filters applied', async () => {
  const crowded = await ada.creates({ type: 'PUBLIC', members: [bob] });
  const database = new Client({ connectionString: messaging.config.DATABASE_URL });
  await database.connect();
  await database.query(
    `insert into messaging.messages (id, channel_id, seq, event_seq, author_id, body, created_at)
     select uuidv7(at - now()), $1, seq, seq, $2, 'a windmill turns ' || seq || case when seq in (1000, 5000, 11000) then ' https://example.org' else '' end, at
     from generate_series(1, 12000) seq cross join lateral (select timestamptz '2020-01-01' + make_interval(mins => seq) as at) t`,
    [crowded, ada.id],
  );
  await database.query(
    `insert into messaging.message_attachments (message_id, file_id, position)
     select id, uuidv7(), 0 from messaging.messages where channel_id = $1 and seq = 11999`,
    [crowded],
  );
  await database.query('analyze messaging.messages');
  await database.end();
  expect(await found(eve, 'windmills', { first: 2 })).toEqual(['a windmill turns 12000', 'a windmill turns 11999']);
  expect(await found(eve, 'windmill from:ada', { first: 1 })).toEqual(['a windmill turns 12000']);
  expect(await found(eve, 'windmill before:2020-01-02', { first: 1 })).toEqual(['a windmill turns 1439']);
  expect(await found(eve, 'windmill before:2020-01-02 from:ada', { first: 1 })).toEqual(['a windmill turns 1439']);
  expect(await found(eve, 'windmill 17', { first: 2 })).toEqual(['a windmill turns 17']);
  const links = [11000, 5000].map((seq) => `a windmill turns ${seq} https://example.org`); // the third is too old
  expect(await found(eve, 'from:ada has:link')).toEqual(links);
  expect(await found(eve, 'windmill from:ada has:link')).toEqual(links);
  expect(await found(eve, 'has:link -windmill from:ada')).toEqual([]);
  for (const search of ['has:file', 'has:file from:ada', 'windmill has:file', 'windmill has:file from:ada'])
    expect(await found(eve, search)).toEqual(['a windmill turns 11999']);
  expect(await found(eve, 'windmill has:link')).toEqual(links.slice(0, 1)); // fewer messages of each channel are read
  expect(await found(eve, `windmill in:${open}`)).toEqual([]);
  expect(await found(eve, `windmill in:${open} from:ada`)).toEqual([]);
  expect(await found(eve, `windmill from:ada from:bob`, { first: 1 })).toEqual(['a windmill turns 12000']);
  expect(await found(eve, 'windmill from:bob')).toEqual([]);
});

test('snippets mark matches and are safe HTML', async () => {
  const [{ node }] = (await eve.does(SEARCH, { q: 'häuser' })).searchMessages.edges;
  expect(node.snippet).toContain('<mark>Häuser</mark>');
  expect(node.snippet).not.toContain('<b>');
});

test('parses a query', () => {
  expect(
    parseSearch('a "b from:c" -d FROM:@e in:#f in:"g h" before:2026-02-28 after:2026-02-01 has:links x: http://y'),
  ).toEqual({
    isVoid: false,
    alternatives: [
      { words: ['a', 'x:', 'http://y'], phrases: ['b from:c'], excludedWords: ['d'], excludedPhrases: [] },
    ],
    from: ['e'],
    in: ['f', 'g h'],
    before: new Date('2026-02-28T00:00:00Z'),
    after: new Date('2026-02-02T00:00:00Z'),
    hasFile: false,
    hasLink: true,
  });
});

test.each([
  '',
  '  ',
  'x'.repeat(501),
  'a\u0000',
  'before:soon',
  'after:2026-02-30',
  'before:0000-01-01',
  'after:0000-12-31',
  'has:fun',
])('refuses %j', async (q) => {
  expect(await eve.isRefused(SEARCH, { q })).toMatchObject({ code: 'BAD_USER_INPUT' });
});
