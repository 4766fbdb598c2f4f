/** Roles and grants in the contract's operations: assigned and revoked, effective at once, even for existing tokens. */
import { messagesAreHeard } from '../harness/beginnings';
import type { Data, Person } from '../harness/person';
import { privateChannel } from '../harness/private-channel';
import type { System } from '../harness/system';

export function rolesAndGrants(system: System): void {
  let ada: Person;
  let bob: Person;
  let guest: Person;
  beforeAll(async () => {
    [ada, bob, guest] = await Promise.all([system.person('ada'), system.person('bob'), system.guest('Passing by')]);
  });

  test('an administrator assigns and revokes a role, also for existing tokens', async () => {
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

  test('the last administrator keeps the role', async () => {
    const { id: userId } = system.admin;
    expect((await system.admin.isRefused('RevokeRole', { userId, role: 'ADMIN' })).code).toBe('CONFLICT');
  });

  test('a grant gives access to one resource, and only its managers give it', async () => {
    const channelId = await privateChannel(ada, 'vault');
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

  test('a subscription by a grant ends when the grant is revoked', async () => {
    const channelId = await privateChannel(ada, 'vault');
    const input = { userId: bob.id, resourceType: 'Channel', resourceId: channelId, permission: 'READ' };
    const { id } = await system.admin.does('GrantPermission', { input });
    const watch = await bob.follows('MessageAdded', { channelId });
    await messagesAreHeard(watch, ada, channelId);
    await system.admin.asks('mutation ($id: ID!) { revokePermission(id: $id) }', { id });
    await watch.ends();
    expect((await bob.isRefused('ChannelHistory', { id: channelId })).code).toBe('NOT_FOUND');
  });

  const grant = async (to: Person, resourceType: string, resourceId: string, permission: string): Promise<string> =>
    (await system.admin.does('GrantPermission', { input: { userId: to.id, resourceType, resourceId, permission } })).id;
  const take = (id: string) => system.admin.asks('mutation ($id: ID!) { revokePermission(id: $id) }', { id });

  test('a granted private channel appears in the list and in searches, and no other does', async () => {
    const [reader, everywhere] = await system.people('reader', 'everywhere');
    const open = async (name: string): Promise<string> => {
      const id = await privateChannel(ada, name);
      await ada.does('SendMessage', { input: { channelId: id, body: `A quokka in the ${name}` } });
      return id;
    };
    const [granted, other] = [await open('quokka house'), await open('quokka cellar')];
    const found = async (who: Person) => {
      const channels = await who.does('Channels', { search: 'quokka', first: 50 });
      const messages = await who.does('SearchMessages', { query: 'quokka', first: 50 });
      return [
        channels.edges.map(({ node }: Data) => node.id).sort(),
        messages.edges.map(({ node }: Data) => node.message.channel.id).sort(),
      ];
    };
    const [both, one, none] = [[granted, other].sort(), [granted], []];
    expect(await found(ada)).toEqual([both, both]);
    expect(await found(reader)).toEqual([none, none]);
    const given = await grant(reader, 'Channel', granted.toUpperCase(), 'READ');
    await grant(everywhere, 'Channel', '*', 'READ');
    expect(await found(reader)).toEqual([one, one]);
    expect(await found(everywhere)).toEqual([both, both]);
    await take(given);
    expect(await found(reader)).toEqual([none, none]);
  });

  test('DELETE on a channel removes messages of others there, and only there; less does not', async () => {
    const write = async (): Promise<{ channelId: string; id: string }> => {
      const { id: channelId } = await ada.does('CreateChannel', { input: { name: 'spam trap', memberIds: [bob.id] } });
      return { channelId, id: (await ada.does('SendMessage', { input: { channelId, body: 'buy!' } })).id };
    };
    const [message, elsewhere] = [await write(), await write()];
    await grant(bob, 'Channel', message.channelId, 'WRITE');
    expect((await bob.isRefused('DeleteMessage', { id: message.id })).code).toBe('FORBIDDEN');
    await grant(bob, 'Channel', message.channelId, 'DELETE');
    expect((await bob.isRefused('DeleteMessage', { id: elsewhere.id })).code).toBe('FORBIDDEN');
    expect(await bob.does('DeleteMessage', { id: message.id })).toMatchObject({ deletedAt: expect.any(String) });
    const change = { input: { id: message.channelId, topic: 'mine' } };
    expect((await bob.isRefused('UpdateChannel', change)).code).toBe('FORBIDDEN');
  });

  test('grants on a project hold for its tickets: a guest reads, then works on it, then manages it', async () => {
    const visitor = await system.guest('Contractor');
    const { id: projectId } = await ada.does('CreateProject', { input: { key: 'GRANTED', name: 'Lift' } });
    const { id: ticketId } = await ada.does('CreateTicket', { input: { projectId, title: 'It is stuck' } });
    const board = { id: projectId };
    const close = { input: { id: ticketId, status: 'CLOSED' } };
    const rename = [
      'mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { name } }',
      { input: { id: projectId, name: 'Lifts' } },
    ] as const;
    expect((await visitor.isRefused('ProjectBoard', board)).code).toBe('NOT_FOUND');
    expect((await visitor.isRefused('Projects')).code).toBe('FORBIDDEN');

    const read = await grant(visitor, 'Project', projectId, 'READ');
    expect((await visitor.does('ProjectBoard', board)).tickets.edges[0].node.id).toBe(ticketId);
    expect((await visitor.does('Projects')).edges.map(({ node }: Data) => node.key)).toEqual(['GRANTED']);
    const opening = { input: { projectId, title: 'From outside' } };
    expect((await visitor.isRefused('CreateTicket', opening)).code).toBe('FORBIDDEN');
    expect((await visitor.isRefused('CommentOnTicket', { ticketId, body: 'Hm.' })).code).toBe('FORBIDDEN');

    const write = await grant(visitor, 'Project', projectId, 'WRITE');
    expect((await visitor.does('CreateTicket', opening)).number).toBe(2);
    expect((await visitor.does('CommentOnTicket', { ticketId, body: 'Done.' })).author.id).toBe(visitor.id);
    expect((await visitor.does('UpdateTicket', close)).status).toBe('CLOSED');
    expect((await bob.isRefused('UpdateTicket', close)).code).toBe('FORBIDDEN'); // neither granted nor a member
    expect((await visitor.asks(...rename)).errors[0].extensions.code).toBe('FORBIDDEN');
    const manage = await grant(visitor, 'Project', projectId, 'MANAGE');
    expect((await visitor.asks(...rename)).data.updateProject.name).toBe('Lifts');

    const watch = await visitor.follows('TicketChanged', { projectId });
    await watch.hasBegun(
      () => ada.does('UpdateTicket', { input: { id: ticketId, title: `at ${Date.now()}` } }),
      (event, of) => event.id === of.id,
    );
    for (const id of [read, write, manage]) await take(id);
    await watch.ends();
    expect((await visitor.isRefused('ProjectBoard', board)).code).toBe('NOT_FOUND');
  });

  describe('operations of administrators are refused to all others', () => {
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
