/** The account of the assistant: it exists once, nobody logs in as it, and it leaves its name to an older account. */
import { ASSISTANT_ID } from '@chat/identity-client/directory/assistant-account';
import { Client } from 'pg';
import { createIdentity } from '../create-identity';
import { PASSWORD, startIdentity, type IdentityUnderTest, type Login } from '../testing/identity-under-test';

const USER = `query { user(id: "${ASSISTANT_ID}") { username displayName isBot } }`;

let identity: IdentityUnderTest;
let ada: Login;
let client: Client;
beforeAll(async () => {
  identity = await startIdentity();
  ada = await identity.register('ada');
  client = new Client({ connectionString: identity.config.DATABASE_URL });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await identity[Symbol.asyncDispose]();
});

const rename = (name: string) =>
  client.query('update identity.users set username = $1, username_key = $1, username_skeleton = $1 where id = $2', [
    name,
    ASSISTANT_ID,
  ]);

test('is there from the first start, without password, address or role', async () => {
  expect(await identity.get(USER, {}, ada.accessToken)).toEqual({
    user: { username: 'assistant', displayName: 'Assistant', isBot: true },
  });
  const { rows } = await client.query('select password_hash, email, roles from identity.users where id = $1', [
    ASSISTANT_ID,
  ]);
  expect(rows).toEqual([{ password_hash: null, email: null, roles: [] }]);
  for (const password of ['', PASSWORD, 'assistant'])
    expect((await identity.login('assistant', password)).error).toBeDefined();
});

test('is left out of the list of accounts, and found by its name', async () => {
  const query = 'query ($search: String) { users(search: $search) { totalCount edges { node { username } } } }';
  const listed = async (search?: string) =>
    (await identity.get<{ users: object }>(query, { search }, ada.accessToken)).users;
  expect(await listed()).toEqual({ totalCount: 1, edges: [{ node: { username: 'ada' } }] });
  expect(await listed('assist')).toEqual({ totalCount: 1, edges: [{ node: { username: 'assistant' } }] });
});

test('is made once, even if several processes start, and keeps the name that it has', async () => {
  await rename('helper');
  const others = await Promise.all([createIdentity(identity.config), createIdentity(identity.config)]);
  await Promise.all(others.map((other) => other.ready()));
  for (const other of others) await other[Symbol.asyncDispose]();
  const { rows } = await client.query('select username from identity.users where is_bot');
  expect(rows).toEqual([{ username: 'helper' }]);
});

test('leaves its name to an account that had it before', async () => {
  await client.query('delete from identity.users where id = $1', [ASSISTANT_ID]);
  const older = await identity.register('assistant');
  await using another = await createIdentity(identity.config);
  await another.ready();
  const { user } = await identity.get<{ user: { username: string } }>(USER, {}, ada.accessToken);
  expect(user.username).toBe('assistant-bot');
  expect(older.username).toBe('assistant');
});
