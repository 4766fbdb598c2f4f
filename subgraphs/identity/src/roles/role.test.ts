/** Built-in and custom roles: assignment, effect on existing tokens, and the last administrator. */
import { RoleChanges, RoleChangeWriter } from '@chat/identity-client/access/role-changes';
import { watchAccessChanges } from '@chat/identity-client/access/access-changes';
import { createLogger } from '@chat/kit/logging';
import { closeRedis, connectRedis, connectRedisSubscriber, type Redis } from '@chat/kit/redis';
import { newId } from '@chat/kit/ids';
import { Client } from 'pg';
import { administratorOf } from '../testing/administrator';
import { inOrder, Permission, permissionsOf, Role } from '../permissions/role';
import { startIdentity, viewerOf, type IdentityUnderTest, type Login } from '../testing/identity-under-test';

const log = createLogger('test', 'silent');
let identity: IdentityUnderTest;
let admin: Login;
let redis: Redis;
let subscriber: Redis;
let gateway: RoleChanges;
const rung: string[] = [];
beforeAll(async () => {
  identity = await startIdentity();
  admin = await administratorOf(identity);
  const { REDIS_URL, REDIS_PREFIX } = identity.config;
  redis = connectRedis(REDIS_URL, log);
  subscriber = connectRedisSubscriber(REDIS_URL, log);
  gateway = new RoleChanges(redis, subscriber, log, REDIS_PREFIX);
  watchAccessChanges(subscriber, ({ userId }) => rung.push(userId!), REDIS_PREFIX);
  await subscriber.ping();
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await Promise.all([redis, subscriber].map(closeRedis));
  await identity[Symbol.asyncDispose]();
});

const change = (mutation: 'assignRole' | 'revokeRole', userId: string, role: string, as: Login = admin) =>
  identity.ask<Record<string, { roles: string[] }>>(
    `mutation ($userId: ID!, $role: Role!) { ${mutation}(userId: $userId, role: $role) { id roles } }`,
    { userId, role },
    as.accessToken,
  );
/** The viewer that a gateway reads from a token now. The mutation has answered, so the change is published. */
const now = async ({ accessToken }: Login) => {
  await subscriber.ping();
  return gateway.apply(viewerOf(accessToken));
};

test('assigning and revoking a role affects tokens in use', async () => {
  const ada = await identity.register('ada');
  expect((await change('assignRole', ada.id, 'MODERATOR')).data).toEqual({
    assignRole: { id: ada.id, roles: ['MODERATOR', 'USER'] },
  });
  expect(await now(ada)).toMatchObject({ roles: ['MODERATOR', 'USER'], permissions: ['READ', 'WRITE', 'DELETE'] });
  await change('revokeRole', ada.id, 'MODERATOR');
  expect(await now(ada)).toMatchObject({ roles: ['USER'], permissions: ['READ', 'WRITE'] });
  expect(rung.filter((id) => id === ada.id).length).toBeGreaterThanOrEqual(2); // the outbox publishes it once more
});

test('a token that is issued after a change is not corrected', async () => {
  const eve = await identity.register('eve');
  await change('assignRole', eve.id, 'MODERATOR');
  await now(eve);
  const later = { ...viewerOf(eve.accessToken), expiresAt: Date.now() / 1000 + 10_000, roles: ['FROM THE TOKEN'] };
  expect(gateway.apply(later)).toBe(later);
});

test('the later of two changes wins, even if the first has a time in the future', async () => {
  const dave = await identity.register('dave');
  await change('assignRole', dave.id, 'ADMIN');
  const client = new Client({ connectionString: identity.config.DATABASE_URL });
  await client.connect();
  await client.query(`update identity.users set roles_changed_at = now() + interval '1 hour' where id = $1`, [dave.id]);
  await change('assignRole', dave.id, 'MODERATOR');
  await change('revokeRole', dave.id, 'ADMIN');
  await client.end();
  expect(await now(dave)).toMatchObject({ roles: ['MODERATOR', 'USER'] });
});

test('a long connection with an API key regains no role after older tokens expire', async () => {
  const judy = await identity.register('judy');
  const connected = {
    ...viewerOf(judy.accessToken),
    roles: ['ADMIN'],
    permissions: ['MANAGE'],
    scope: ['READ', 'MANAGE'],
  };
  const writer = new RoleChangeWriter(redis, identity.config.REDIS_PREFIX);
  const key = `${identity.config.REDIS_PREFIX}role-changes`;
  await writer.publish([
    { userId: judy.id, roles: ['USER'], permissions: ['READ', 'WRITE'], version: 1, tokensUntil: 1 },
  ]);
  await subscriber.ping();
  await gateway['forgetExpired']();
  expect(await redis.hget(key, judy.id)).toBeNull();
  expect(gateway.apply(connected)).toMatchObject({ roles: ['USER'], permissions: ['READ'] });
});

test('any role makes a guest a user, and no account becomes a guest', async () => {
  const { loginAsGuest } = await identity.get<{ loginAsGuest: { user: { id: string } } }>(
    'mutation { loginAsGuest(displayName: "Guest") { user { id } } }',
  );
  expect((await change('assignRole', loginAsGuest.user.id, 'USER')).data['assignRole']!.roles).toEqual(['USER']);
  expect((await change('assignRole', loginAsGuest.user.id, 'GUEST')).error?.code).toBe('BAD_USER_INPUT');
  expect((await change('revokeRole', loginAsGuest.user.id, 'USER')).error?.code).toBe('CONFLICT');
});

test('one administrator remains, even if two resign concurrently', async () => {
  expect((await change('revokeRole', admin.id, 'ADMIN')).error?.code).toBe('CONFLICT');
  const second = await identity.register('second');
  await change('assignRole', second.id, 'ADMIN');
  const both = await Promise.all([admin.id, second.id].map((id) => change('revokeRole', id, 'ADMIN')));
  expect(both.map(({ error }) => error?.code).sort()).toEqual(['CONFLICT', undefined]);
  await change('assignRole', admin.id, 'ADMIN');
  await change('revokeRole', second.id, 'ADMIN');
  for (const mutation of ['deactivateUser(id: $id) { id }', 'deleteUser(id: $id)']) {
    const answer = await identity.ask(`mutation ($id: ID!) { ${mutation} }`, { id: admin.id }, admin.accessToken);
    expect(answer.error?.code).toBe('CONFLICT');
  }
});

test('custom roles add permissions for all members, until they are changed or deleted', async () => {
  const carol = await identity.register('carol');
  const create = `mutation ($input: CreateCustomRoleInput!) { createCustomRole(input: $input) { id name permissions } }`;
  const input = { name: 'Librarian', permissions: ['DELETE', 'READ'] };
  const { createCustomRole: role } = await identity.get<{ createCustomRole: { id: string; permissions: string[] } }>(
    create,
    { input },
    admin.accessToken,
  );
  expect(role.permissions).toEqual(['READ', 'DELETE']);
  const again = await identity.ask(create, { input: { ...input, name: 'LIBRARIAN' } }, admin.accessToken);
  expect(again.error?.code).toBe('CONFLICT');

  const assign = 'mutation ($u: ID!, $r: ID!) { assignCustomRole(userId: $u, customRoleId: $r) { permissions } }';
  const { assignCustomRole } = await identity.get<{ assignCustomRole: { permissions: string[] } }>(
    assign,
    { u: carol.id, r: role.id },
    admin.accessToken,
  );
  expect(assignCustomRole.permissions).toEqual(['READ', 'WRITE', 'DELETE']);
  expect((await now(carol)).permissions).toEqual(['READ', 'WRITE', 'DELETE']);

  const update = 'mutation ($input: UpdateCustomRoleInput!) { updateCustomRole(input: $input) { name } }';
  await identity.get(update, { input: { id: role.id, permissions: ['MANAGE'] } }, admin.accessToken);
  expect((await now(carol)).permissions).toEqual(['READ', 'WRITE', 'MANAGE']);
  await identity.get('mutation ($id: ID!) { deleteCustomRole(id: $id) }', { id: role.id }, admin.accessToken);
  expect((await now(carol)).permissions).toEqual(['READ', 'WRITE']);
});

test('other subgraphs read the same permissions as tokens carry, for built-in and custom roles', async () => {
  const client = new Client({ connectionString: identity.config.DATABASE_URL });
  await client.connect();
  const read = async (id: string) => {
    const { rows } = await client.query<{ permission: Permission }>(
      'select permission from identity.effective_permissions where user_id = $1',
      [id],
    );
    return inOrder(rows.map(({ permission }) => permission));
  };
  const { id } = await identity.register('every-role');
  for (const role of Object.values(Role)) {
    await client.query('update identity.users set roles = $2 where id = $1', [id, [role]]);
    expect([role, await read(id)]).toEqual([role, permissionsOf([role])]);
  }
  await client.query('update identity.users set roles = $2 where id = $1', [id, [Role.GUEST]]);
  const roleId = newId();
  await client.query(`insert into identity.custom_roles values ($1, 'extra', 'extra', null, '{DELETE}')`, [roleId]);
  await client.query('insert into identity.custom_role_members values ($1, $2)', [roleId, id]);
  expect(await read(id)).toEqual(permissionsOf([Role.GUEST], [Permission.DELETE]));
  await client.end();
});
