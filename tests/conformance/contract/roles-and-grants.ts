/** Roles and grants, as the contract writes them: given and taken, in force at once, also for tokens that exist already. */
import { messagesAreHeard } from '../harness/beginnings';
import type { Person } from '../harness/person';
import type { System } from '../harness/system';

export function rolesAndGrants(system: System): void {
  let ada: Person;
  let bob: Person;
  let guest: Person;
  beforeAll(async () => {
    [ada, bob, guest] = await Promise.all([system.person('ada'), system.person('bob'), system.guest('Passing by')]);
  });

  test('an administrator gives and takes a role, and tokens that exist already follow', async () => {
    const role = { userId: ada.id, role: 'ADMIN' };
    expect((await ada.isRefused('Settings')).code).toBe('FORBIDDEN');
    const given = await system.admin.does('AssignRole', role);
    expect(given).toEqual({ id: ada.id, roles: ['ADMIN', 'USER'] });
    expect(await ada.does('Settings')).not.toEqual([]);
    expect(await system.admin.does('RevokeRole', role)).toEqual({ id: ada.id, roles: ['USER'] });
    expect((await ada.isRefused('Settings')).code).toBe('FORBIDDEN');
  });

  test('a guest becomes a user', async () => {
    const visitor = await system.guest('Staying');
    await system.admin.does('AssignRole', { userId: visitor.id, role: 'USER' });
    expect(await visitor.does('Me')).toMatchObject({ roles: ['USER'], permissions: ['READ', 'WRITE'] });
  });

  test('the last administrator stays one', async () => {
    const { id: userId } = system.admin;
    expect((await system.admin.isRefused('RevokeRole', { userId, role: 'ADMIN' })).code).toBe('CONFLICT');
  });

  test('a grant lets an account at one resource, which nobody but its managers gives', async () => {
    const { id: channelId } = await ada.does('CreateChannel', { input: { name: 'vault', type: 'PRIVATE' } });
    const read = { id: channelId, last: 1 };
    expect((await bob.isRefused('ChannelHistory', read)).code).toBe('NOT_FOUND');
    const input = { userId: bob.id, resourceType: 'Channel', resourceId: channelId, permission: 'READ' };
    expect((await bob.isRefused('GrantPermission', { input })).code).toBe('FORBIDDEN');
    expect(await system.admin.does('GrantPermission', { input })).toEqual({
      id: expect.any(String),
      user: { id: bob.id },
      resourceType: 'Channel',
      resourceId: channelId,
      permission: 'READ',
    });
    expect((await bob.does('ChannelHistory', read)).name).toBe('vault');
    const message = { input: { channelId, body: 'hello' } };
    expect((await bob.isRefused('SendMessage', message)).code).toBe('FORBIDDEN');
    await system.admin.does('GrantPermission', { input: { ...input, permission: 'WRITE' } });
    const sent = await bob.does('SendMessage', message);
    expect((await ada.does('ChannelHistory', read)).messages.edges[0].node).toEqual(sent);
    const change = { id: channelId, topic: 'Valuables' };
    expect((await bob.isRefused('UpdateChannel', { input: change })).code).toBe('FORBIDDEN');
    await system.admin.does('GrantPermission', { input: { ...input, permission: 'MANAGE' } });
    expect((await bob.does('UpdateChannel', { input: change })).topic).toBe('Valuables');
  });

  test('whoever follows by a grant is cut off when it is taken', async () => {
    const { id: channelId } = await ada.does('CreateChannel', { input: { name: 'vault', type: 'PRIVATE' } });
    const input = { userId: bob.id, resourceType: 'Channel', resourceId: channelId, permission: 'READ' };
    const { id } = await system.admin.does('GrantPermission', { input });
    const watch = bob.watches('MessageAdded', { channelId });
    await messagesAreHeard(watch, ada, channelId);
    await system.admin.post('mutation ($id: ID!) { revokePermission(id: $id) }', { id });
    await watch.ends();
    expect((await bob.isRefused('ChannelHistory', { id: channelId })).code).toBe('NOT_FOUND');
  });

  describe('what is for administrators is refused to everybody else', () => {
    const operations = {
      AssignRole: () => ({ userId: bob.id, role: 'MODERATOR' }),
      RevokeRole: () => ({ userId: system.admin.id, role: 'ADMIN' }),
      AuditLog: () => ({}),
      Settings: () => ({}),
      UpdateSetting: () => ({ key: 'identity.passwordMinLength', value: 8 }),
      SetFeatureFlag: () => ({ key: 'guests', enabled: false }),
    };
    test.each(Object.keys(operations) as (keyof typeof operations)[])('%s', async (name) => {
      const moderator = await system.login(ada.username);
      await system.admin.does('AssignRole', { userId: ada.id, role: 'MODERATOR' });
      const refusals = [];
      for (const person of [moderator, bob, guest, system.nobody])
        refusals.push((await person.isRefused(name, operations[name]())).code);
      expect(refusals).toEqual(['FORBIDDEN', 'FORBIDDEN', 'FORBIDDEN', 'UNAUTHENTICATED']);
      await system.admin.does('RevokeRole', { userId: ada.id, role: 'MODERATOR' });
    });
  });
}
