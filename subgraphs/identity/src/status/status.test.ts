/** Status texts: set, replaced, cleared and expired, and announced by presence. */
import { PASSWORD, startIdentity, type IdentityUnderTest, type Login } from '../testing/identity-under-test';

let identity: IdentityUnderTest;
let ada: Login;
let bob: Login;
beforeAll(async () => {
  identity = await startIdentity();
  [ada, bob] = [await identity.register('ada'), await identity.register('bob')];
});
afterAll(() => identity[Symbol.asyncDispose]());

const SET = 'mutation ($input: SetStatusInput!) { setStatus(input: $input) { status { text emoji expiresAt } } }';
const set = (input: object) => identity.ask(SET, { input }, ada.accessToken);
const seen = async () => {
  const query = `{ user(id: "${ada.id}") { status { text emoji } } }`;
  return (await identity.get<{ user: { status: unknown } }>(query, {}, bob.accessToken)).user.status;
};
const inMs = (ms: number) => new Date(Date.now() + ms).toISOString();

test('others see a status until it is replaced or cleared', async () => {
  expect(await seen()).toBeNull();
  expect((await set({ text: ' Lunch ', emoji: '🥗', expiresAt: inMs(60_000) })).error).toBeUndefined();
  expect(await seen()).toEqual({ text: 'Lunch', emoji: '🥗' });
  await set({ emoji: '👩🏽‍💻' });
  expect(await seen()).toEqual({ text: '', emoji: '👩🏽‍💻' });
  for (let round = 0; round < 2; round++) await identity.get('mutation { clearStatus { id } }', {}, ada.accessToken);
  expect(await seen()).toBeNull();
});

test('presenceChanged announces a change, and its end', async () => {
  const query = `subscription { presenceChanged(userIds: ["${ada.id}"]) { status user { status { text } } } }`;
  const stream = await identity.identity.service.subscribe({ query }, { headers: identity.headers(bob.accessToken) });
  if ('errors' in stream) throw new Error('refused');
  const next = async () => JSON.parse(JSON.stringify((await stream.next()).value)) as object;
  const announced = (status: object | null) => ({
    data: { presenceChanged: expect.objectContaining({ user: { status } }) },
  });
  await set({ text: 'Back soon', expiresAt: inMs(1_500) });
  expect(await next()).toEqual(announced({ text: 'Back soon' }));
  expect(await next()).toEqual(announced(null)); // swept every five seconds
  await stream.return?.();
});

test.each<[string, object, string[]]>([
  ['nothing', {}, ['text']],
  ['blanks', { text: ' ' }, ['text']],
  ['two emoji', { emoji: '🥗🥗' }, ['emoji']],
  ['a letter as emoji', { emoji: 'a' }, ['emoji']],
  ['the past', { text: 'x', expiresAt: '2001-01-01T00:00:00Z' }, ['expiresAt']],
  [
    'all at once',
    { text: 'x'.repeat(101), emoji: 'a', expiresAt: '2999-01-01T00:00:00Z' },
    ['text', 'emoji', 'expiresAt'],
  ],
])('a status of %s is refused', async (_what, input, fields) => {
  const { error } = await set(input);
  expect(error?.code).toBe('BAD_USER_INPUT');
  expect(Object.keys(error!.fields!).sort()).toEqual(fields.sort());
});

test('a deleted account has no status', async () => {
  await set({ text: 'still here' });
  expect((await identity.login('ada', PASSWORD)).error).toBeUndefined();
  await identity.get(`mutation { deleteUser(id: "${ada.id}") }`, {}, ada.accessToken);
  expect(await seen()).toBeNull();
});
