/** Equal e-mail addresses in different spellings: for new accounts, logins and migrated rows. */
// cspell:ignore bücher bcher ｂücher ｅｘａｍｐｌｅ mple köln
import { newId } from '@chat/kit/ids';
import { Client } from 'pg';
import { MailAddresses } from '../migrations/110-mail-addresses';
import { startIdentity } from '../testing/identity-under-test';
import { deliverableAddress, emailKey, isMailAddress } from './mail-address';

const SAME = [
  'n@bücher.example',
  'n@xn--bcher-kva.example',
  'N@BÜCHER.EXAMPLE',
  'n@bu\u0308cher.example', // decomposed
  'n@ｂücher.example', // full-width
  'n@bücher。example', // ideographic full stop
  'n@bücher.example.',
  'n@XN--BCHER-KVA.example.',
];

test.each(SAME)('%j is the same address', (address) => {
  expect(emailKey(address)).toBe('n@xn--bcher-kva.example');
  expect(isMailAddress(address)).toBe(true);
});

test.each([
  ['ada@Example.ORG', 'ada@example.org'],
  ['ada@example.org.', 'ada@example.org'],
  ['ada@ｅｘａｍｐｌｅ.org', 'ada@example.org'],
  ['Ada@example.org', 'ada@example.org'],
  ['ada@faß.example', 'ada@xn--fa-hia.example'],
  ['no address', 'no address'],
  ['a@b@example.org', 'a@b@example.org'],
])('%j has the key %j', (address, key) => expect(emailKey(address)).toBe(key));

test.each([
  '',
  'a',
  'a@',
  '@b.example',
  'a@b',
  'a b@example.org',
  'a@exa mple.org',
  'a@example.org\nbcc: b@example.org',
  'a@%61.example',
  'a@b..example',
  'a@[127.0.0.1]',
  `${'a'.repeat(250)}@example.org`,
  'a\ud800@example.org',
  7,
  null,
])('%j is no address', (value) => expect(isMailAddress(value)).toBe(false));

test('mail goes to the domain in ASCII, with an unchanged local part', () => {
  expect(deliverableAddress('Nora.B@Bücher.example.')).toBe('Nora.B@xn--bcher-kva.example');
});

test('an account is found by every spelling, and older rows are migrated', async () => {
  await using identity = await startIdentity();
  const { id } = await identity.register('reader');
  const client = new Client({ connectionString: identity.config.DATABASE_URL });
  await client.connect();
  await client.query('update identity.users set email = $2, email_key = $3 where id = $1', [id, SAME[0], SAME[1]]);
  for (const spelling of SAME) {
    const { data } = await identity.login(spelling, 'violet tractor gymnast');
    expect([spelling, data.login.user.id]).toEqual([spelling, id]);
  }
  // As in older installations: a key for each spelling, all verified.
  const ids = [newId(), newId(), newId()];
  const before = ['m@köln.example', 'm@xn--kln-sna.example', 'plain@example.org'];
  await client.query(
    'drop index identity.users_email_owner; drop index identity.users_email; drop table identity.email_confirmations',
  );
  await client.query('alter table identity.users add constraint users_email_key_key unique (email_key)');
  for (const [index, email] of before.entries())
    await client.query(
      `insert into identity.users (id, username, username_key, username_skeleton, display_name, roles, email, email_key, is_email_verified, created_at)
       values ($1, $2, $2, $2, $2, '{USER}', $3, $3, true, now() + $4 * interval '1 second')`,
      [ids[index], `old${index}`, email, index],
    );
  await migrate(client);
  const { rows } = await client.query(
    'select email_key, is_email_verified from identity.users where id = any($1) order by id',
    [ids],
  );
  expect(rows).toEqual([
    { email_key: 'm@xn--kln-sna.example', is_email_verified: true },
    { email_key: 'm@xn--kln-sna.example', is_email_verified: false },
    { email_key: 'plain@example.org', is_email_verified: true },
  ]);
  await client.end();
});

/** Runs the migration as MikroORM does; it reads with `execute`. */
async function migrate(client: Client): Promise<void> {
  const migration = new MailAddresses({ getConnection: () => undefined } as never, undefined as never);
  Object.assign(migration, { execute: async (sql: string) => (await client.query(sql)).rows as unknown });
  await migration.up();
  for (const query of migration.getQueries()) await client.query(query as string);
}
