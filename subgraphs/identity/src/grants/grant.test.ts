/** Grants on single resources to accounts and groups, as any subgraph reads them. */
import { Grants, type Permission } from '@chat/identity-client/access/grants';
import { watchAccessChanges } from '@chat/identity-client/access/access-changes';
import { Database } from '@chat/kit/database/database';
import { newId } from '@chat/kit/ids';
import { createLogger } from '@chat/kit/logging';
import { closeRedis, connectRedisSubscriber } from '@chat/kit/redis';
import { eventually } from '@chat/kit/testing/eventually';
import { administratorOf } from '../testing/administrator';
import { PASSWORD, startIdentity, viewerOf, type IdentityUnderTest, type Login } from '../testing/identity-under-test';

let identity: IdentityUnderTest;
let admin: Login;
let ada: Login;
let bob: Login;
let database: Database;
let elsewhere: Grants;
beforeAll(async () => {
  identity = await startIdentity();
  admin = await administratorOf(identity);
  [ada, bob] = await Promise.all([identity.register('ada'), identity.register('bob')]);
  // Another subgraph's own connection to the database.
  const log = createLogger('test', 'silent');
  const url = identity.config.DATABASE_URL;
  database = await Database.open({ url, schema: 'elsewhere', entities: [], migrations: [], log });
  await database.ready();
  elsewhere = new Grants(() => database.fork(), { ttlMs: 1 });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await identity[Symbol.asyncDispose]();
});

const GRANT = `mutation ($input: GrantPermissionInput!) {
  grantPermission(input: $input) { id user { id } resourceType resourceId permission }
}`;
const grant = (userId: string, resourceId: string, permission: string, as: Login = admin) =>
  identity.ask<{ grantPermission: { id: string } }>(
    GRANT,
    { input: { userId, resourceType: 'Channel', resourceId, permission } },
    as.accessToken,
  );
const can = async (who: Login, permission: Permission, id: string) => {
  elsewhere.forget();
  return elsewhere.can(viewerOf(who.accessToken), permission, { type: 'Channel', id });
};

test('other subgraphs see a grant with the lesser permissions, until it is revoked', async () => {
  const { data } = await grant(ada.id, 'general', 'DELETE');
  expect(data.grantPermission).toMatchObject({ user: { id: ada.id }, resourceId: 'general', permission: 'DELETE' });
  const permissions = ['READ', 'WRITE', 'DELETE', 'MANAGE'] as const;
  expect(await Promise.all(permissions.map((one) => can(ada, one, 'general')))).toEqual([true, true, true, false]);
  expect(await can(ada, 'READ', 'other')).toBe(false);
  expect(await can(bob, 'READ', 'general')).toBe(false);
  expect(await elsewhere.ids(viewerOf(ada.accessToken), 'WRITE', 'Channel')).toEqual(['general']);
  const revoke = 'mutation ($id: ID!) { revokePermission(id: $id) }';
  await identity.get(revoke, { id: data.grantPermission.id }, admin.accessToken);
  expect(await can(ada, 'READ', 'general')).toBe(false);
});

test('equal grants are one grant', async () => {
  const [first, second] = [await grant(ada.id, 'twice', 'READ'), await grant(ada.id, 'twice', 'READ')];
  expect(second.data.grantPermission.id).toBe(first.data.grantPermission.id);
});

test('only managers of a resource grant and revoke permissions on it', async () => {
  expect((await grant(bob.id, 'hers', 'READ', ada)).error?.code).toBe('FORBIDDEN');
  await grant(ada.id, 'hers', 'MANAGE');
  const given = await grant(bob.id, 'hers', 'READ', ada);
  expect(given.error).toBeUndefined();
  expect((await grant(bob.id, '*', 'READ', ada)).error?.code).toBe('FORBIDDEN');
  const revoke = 'mutation ($id: ID!) { revokePermission(id: $id) }';
  const refused = await identity.ask(revoke, { id: given.data.grantPermission.id }, bob.accessToken);
  expect(refused.error?.code).toBe('NOT_FOUND');
  const { grants } = await identity.get<{ grants: { edges: { node: object }[] } }>(
    '{ grants(resourceType: "Channel", resourceId: "hers") { edges { node { user { username } permission } } } }',
    {},
    ada.accessToken,
  );
  expect(grants.edges.map(({ node }) => node)).toEqual([
    { user: { username: 'ada' }, permission: 'MANAGE' },
    { user: { username: 'bob' }, permission: 'READ' },
  ]);
});

test('a grant on * applies to every resource of the type, and administrators need none', async () => {
  await grant(bob.id, '*', 'WRITE');
  expect(await can(bob, 'WRITE', 'any')).toBe(true);
  expect(await elsewhere.can(viewerOf(bob.accessToken), 'READ', { type: 'Page', id: 'any' })).toBe(false);
  expect(await can(admin, 'MANAGE', 'any')).toBe(true);
});

test("an API key has its account's grants only within its scope", async () => {
  await grant(ada.id, 'scoped', 'DELETE');
  const viewer = { ...viewerOf(ada.accessToken), scope: ['READ'] };
  elsewhere.forget();
  expect(await elsewhere.can(viewer, 'READ', { type: 'Channel', id: 'scoped' })).toBe(true);
  expect(await elsewhere.can(viewer, 'WRITE', { type: 'Channel', id: 'scoped' })).toBe(false);
});

test('members of a group have its grants while they are members', async () => {
  const { createGroup } = await identity.get<{ createGroup: { id: string } }>(
    'mutation ($input: CreateGroupInput!) { createGroup(input: $input) { id } }',
    { input: { name: 'support', memberIds: [ada.id] } },
    admin.accessToken,
  );
  const { id } = createGroup;
  await identity.get(
    'mutation ($input: GrantGroupPermissionInput!) { grantGroupPermission(input: $input) { group { name } } }',
    { input: { groupId: id, resourceType: 'Channel', resourceId: 'desk', permission: 'WRITE' } },
    admin.accessToken,
  );
  const holders = async () => Promise.all([ada, bob].map((who) => can(who, 'WRITE', 'desk')));
  // Bob may write everywhere by now, so revoke that first.
  const all = await identity.get<{ grants: { edges: { node: { id: string } }[] } }>(
    '{ grants(resourceType: "Channel", resourceId: "*") { edges { node { id } } } }',
    {},
    admin.accessToken,
  );
  for (const { node } of all.grants.edges)
    await identity.get('mutation ($id: ID!) { revokePermission(id: $id) }', { id: node.id }, admin.accessToken);

  expect(await holders()).toEqual([true, false]);
  const members = (mutation: string, userIds: string[]) =>
    identity.get<Record<string, { members: { totalCount: number; edges: { node: { username: string } }[] } }>>(
      `mutation ($id: ID!, $userIds: [ID!]!) { ${mutation}(id: $id, userIds: $userIds) {
        members(first: 10) { totalCount edges { node { username } } }
      } }`,
      { id, userIds },
      admin.accessToken,
    );
  const both = await members('addGroupMembers', [ada.id, bob.id]);
  expect(both['addGroupMembers']!.members).toMatchObject({
    totalCount: 2,
    edges: [{ node: { username: 'ada' } }, { node: { username: 'bob' } }],
  });
  expect(await holders()).toEqual([true, true]);
  await members('removeGroupMembers', [ada.id]);
  expect(await holders()).toEqual([false, true]);
  await identity.get('mutation ($id: ID!) { deleteGroup(id: $id) }', { id }, admin.accessToken);
  expect(await holders()).toEqual([false, false]);
});

describe('changes of a process that died before it published them', () => {
  test('are published by another process: grants, memberships, groups with their grants, and keys', async () => {
    const { REDIS_URL, REDIS_PREFIX } = identity.config;
    const subscriber = connectRedisSubscriber(REDIS_URL, createLogger('test', 'silent'));
    const heard: string[] = [];
    const stop = watchAccessChanges(subscriber, ({ userId }) => heard.push(userId!), REDIS_PREFIX);
    await subscriber.subscribe(`${REDIS_PREFIX}revocations`);
    subscriber.on('message', (channel, text) => {
      if (channel.endsWith('revocations')) heard.push((JSON.parse(text) as { sessionId: string }).sessionId);
    });
    const execute = (sql: string, values: unknown[] = []) => database.fork().execute<{ id: string }[]>(sql, values);
    const person = await identity.register('carried');
    const key = (
      await identity.get<{ createApiKey: { apiKey: { id: string } } }>(
        'mutation { createApiKey(input: { name: "k", permissions: [READ] }) { apiKey { id } } }',
        {},
        person.accessToken,
      )
    ).createApiKey.apiKey.id;
    const [groupId, grantId] = [newId(), newId()];
    const give = `insert into identity.grants (id, user_id, group_id, resource_type, resource_id, permission, created_at)
      values (?, ?, ?, 'Channel', 'carried', 'READ', now())`;
    const steps: [sql: string, values: unknown[], about: string][] = [
      [give, [grantId, person.id, null], person.id],
      ['delete from identity.grants where id = ?', [grantId], person.id],
      [`insert into identity.groups (id, name, name_key, name_skeleton) values (?, 'c', 'c', 'c')`, [groupId], ''],
      ['insert into identity.group_members (group_id, user_id) values (?, ?)', [groupId, person.id], person.id],
      [give, [newId(), null, groupId], person.id],
      ['delete from identity.groups where id = ?', [groupId], person.id],
      ['update identity.api_keys set revoked_at = now() where id = ?', [key], key],
    ];
    for (const [sql, values, about] of steps) {
      await eventually(async () => (await execute('select 1 as id from identity.access_news')).length === 0);
      await subscriber.ping(); // earlier messages have arrived
      heard.length = 0;
      await execute(sql, values);
      if (about) await eventually(() => Promise.resolve(heard.includes(about)));
    }
    await stop();
    await closeRedis(subscriber);
  });
});

test('groups and accounts share one namespace, and unknown members are refused', async () => {
  const create = (input: object) =>
    identity.ask(
      'mutation ($input: CreateGroupInput!) { createGroup(input: $input) { id } }',
      { input },
      admin.accessToken,
    );
  expect((await create({ name: 'ADA' })).error?.code).toBe('CONFLICT');
  expect((await create({ name: 'аdа' })).error?.code).toBe('CONFLICT'); // Cyrillic
  expect((await create({ name: 'robots' })).error).toBeUndefined();
  for (const username of ['Robots', 'r0bots']) {
    const { error } = await identity.ask(
      'mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }',
      {
        input: { username, email: `${username}@example.org`, password: PASSWORD },
      },
    );
    expect(error).toMatchObject({ code: 'CONFLICT', fields: { username: expect.any(String) } });
  }
  expect((await create({ name: 'no spaces please' })).error?.fields).toHaveProperty('name');
  expect((await create({ name: 'nobody', memberIds: ['unknown'] })).error?.code).toBe('NOT_FOUND');
});
