/** A search says which of its operators and names it does not know, and nothing about channels that the viewer may not read. */
import { newId } from '@chat/kit/ids';
import { startTestMessaging, type Person, type TestMessaging } from '../../testing/test-messaging';
import { openTestNames, type TestNames } from '../../testing/test-names';

let messaging: TestMessaging;
let names: TestNames;
let ada: Person;
let eve: Person;
let open: string;
let hidden: string;

beforeAll(async () => {
  messaging = await startTestMessaging();
  names = await openTestNames(messaging);
  [ada, eve] = [messaging.person(), messaging.person()];
  await names.user(ada, 'ada');
  await names.user(eve, 'eve');
  await names.group('team', [ada]);
  open = await ada.creates({ name: 'Kitchen', type: 'PUBLIC' });
  hidden = await ada.creates({ name: 'cellar', type: 'PRIVATE' });
  await ada.sends(open, 'the engine at form:ada and error:404');
  await ada.sends(hidden, 'the engine in the cellar');
});
afterAll(async () => {
  await names[Symbol.asyncDispose]();
  await messaging[Symbol.asyncDispose]();
});

const SEARCH = `query ($query: String!, $channelId: ID) { searchMessages(query: $query, channelId: $channelId) {
  warnings { code term message } edges { node { message { body } } } } }`;

const search = async (person: Person, query: string, channelId?: string) => {
  const { warnings, edges } = (await person.does(SEARCH, { query, channelId })).searchMessages;
  return { warnings, count: edges.length as number };
};

test.each([
  ['engine'],
  ['engine from:ada'],
  ['engine from:@ADA in:kitchen'],
  ['engine in:#Kitchen'],
  ['engine from:team'],
  ['engine has:link'],
  ['engine before:2030-01-01 after:2020-01-01'],
  ['see https://example.org/a:b'],
  ['std::string at 12:30'],
  [':smile: "form:ada"'],
  ['Note: engine'],
])('%s has no warning', async (query) => {
  expect((await search(ada, query)).warnings).toEqual([]);
});

test.each([
  ['engine form:ada', 'form:ada', 'There is no operator form:, so it was searched as text. Did you mean from:?', 1],
  ['engine FROMM:ada', 'FROMM:ada', 'There is no operator FROMM:, so it was searched as text. Did you mean from:?', 0],
  ['engine error:404', 'error:404', 'There is no operator error:, so it was searched as text.', 1],
  ['engine -from:ada', '-from:ada', 'from: needs a value and cannot be excluded. It was searched as text.', 1],
  ['engine in:', 'in:', 'in: needs a value and cannot be excluded. It was searched as text.', 1],
])('%s: an unknown operator is searched as text, with a warning', async (query, term, message, count) => {
  const answer = await search(eve, query);
  expect(answer.warnings).toEqual([{ code: 'UNKNOWN_OPERATOR', term, message }]);
  expect(answer.count).toBe(count);
});

test('unknown names after from: are said', async () => {
  const unknown = newId();
  expect(await search(eve, `engine from:nobody from:${unknown}`)).toEqual({
    warnings: [
      { code: 'UNKNOWN_ACCOUNT', term: 'from:nobody', message: 'No account and no group is called nobody.' },
      { code: 'UNKNOWN_ACCOUNT', term: `from:${unknown}`, message: `No account and no group is called ${unknown}.` },
    ],
    count: 0,
  });
  expect(await search(eve, 'engine from:nobody from:ada')).toMatchObject({
    warnings: [{ term: 'from:nobody' }],
    count: 1,
  });
  expect((await search(eve, `engine from:${ada.id}`)).warnings).toEqual([]);
});

test('a channel that the viewer may not read is as unknown as one that does not exist', async () => {
  for (const name of ['cellar', 'nowhere', hidden, newId()])
    expect(await search(eve, `engine in:${name}`)).toEqual({
      warnings: [{ code: 'UNKNOWN_CHANNEL', term: `in:${name}`, message: `You can read no channel called ${name}.` }],
      count: 0,
    });
  for (const id of [hidden, newId()])
    expect(await search(eve, 'engine', id)).toEqual({
      warnings: [{ code: 'UNKNOWN_CHANNEL', term: id, message: 'You can read no channel with the id in channelId.' }],
      count: 0,
    });
  expect(await search(ada, 'engine in:cellar')).toEqual({ warnings: [], count: 1 });
  expect(await search(ada, `engine in:${hidden}`, hidden.toUpperCase())).toEqual({ warnings: [], count: 1 });
  expect(await search(ada, 'engine in:cellar in:nowhere')).toMatchObject({
    warnings: [{ term: 'in:nowhere' }],
    count: 1,
  });
});
