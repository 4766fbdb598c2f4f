/** Feature flags, settings and the audit log in the contract's operations: changes are effective at once, and audited. */
import { eventually } from '@chat/kit/testing/eventually';
import type { Data, Person } from '../harness/person';
import { PASSWORD, type System } from '../harness/system';

export function settings(system: System): void {
  let ada: Person;
  beforeAll(async () => {
    ada = await system.person('ada');
  });

  test('a disabled feature is refused, and its flag is public', async () => {
    expect(await system.nobody.does('FeatureFlags')).toContainEqual({
      key: 'guests',
      enabled: true,
      description: expect.any(String),
    });
    expect(await system.admin.does('SetFeatureFlag', { key: 'guests', enabled: false })).toEqual({
      key: 'guests',
      enabled: false,
    });
    expect(await system.nobody.does('FeatureFlags')).toContainEqual(
      expect.objectContaining({ key: 'guests', enabled: false }),
    );
    const comeIn = () =>
      system.nobody.asks('mutation { loginAsGuest(displayName: "Visitor") { user { displayName } } }');
    expect((await comeIn()).errors[0].extensions.code).toBe('FORBIDDEN');
    await system.admin.does('SetFeatureFlag', { key: 'guests', enabled: true });
    expect((await comeIn()).data.loginAsGuest.user.displayName).toBe('Visitor');
  });

  test('a setting is changed within its bounds, and takes effect', async () => {
    const key = 'identity.passwordMinLength';
    expect(await system.admin.does('Settings')).toContainEqual({ key, value: 8, description: expect.any(String) });
    for (const value of [3, 'long', null, { more: 1 }])
      expect((await system.admin.isRefused('UpdateSetting', { key, value })).code).toBe('BAD_USER_INPUT');
    expect((await system.admin.isRefused('UpdateSetting', { key: 'no.such', value: 1 })).code).toBe('NOT_FOUND');

    expect(await system.admin.does('UpdateSetting', { key, value: 30 })).toEqual({ key, value: 30 });
    const input = { currentPassword: PASSWORD, newPassword: PASSWORD };
    const change = () =>
      ada.asks('mutation ($input: ChangePasswordInput!) { changePassword(input: $input) }', { input });
    expect((await change()).errors[0].extensions.fields.newPassword).toContain('30');
    await system.admin.does('UpdateSetting', { key, value: 8 });
  });

  describe('the audit log', () => {
    const acts = async (filter: object, first?: number, after?: string | null): Promise<Data> =>
      system.admin.does('AuditLog', { filter, first, after });

    test('names actor, action, target and address', async () => {
      await system.admin.does('AssignRole', { userId: ada.id, role: 'MODERATOR' });
      const { edges } = await acts({ action: 'role.assign', targetId: ada.id });
      expect(edges.map(({ node }: Data) => node)).toEqual([
        {
          id: expect.any(String),
          at: expect.any(String),
          action: 'role.assign',
          actor: { id: system.admin.id },
          targetType: 'User',
          targetId: ada.id,
          ip: '127.0.0.1',
          details: { role: 'MODERATOR' },
        },
      ]);
    });

    test('holds the acts of moderators in other subgraphs, in order, with actor and address', async () => {
      const [owner, rowdy] = await system.people('owner', 'rowdy');
      const { id: channel } = await owner.does('CreateChannel', { input: { name: 'arena' } });
      const { id: project } = await owner.does('CreateProject', { input: { key: 'AUDITED', name: 'Arena' } });
      const on = `channelId: "${channel}", userId: "${rowdy.id}"`;
      const write = async () =>
        (await rowdy.does('SendMessage', { input: { channelId: channel, body: 'noise' } })).id as string;
      const id = async (field: string, select = 'id') => {
        const { data, errors } = await owner.asks(`mutation { ${field}${select && ` { ${select} }`} }`);
        if (errors) throw new Error(`${field}: ${JSON.stringify(errors)}`);
        return Object.values<Data>(data)[0].id as string;
      };
      await id(`addMembers(channelId: "${channel}", userIds: ["${rowdy.id}"])`);
      await id(`updateChannel(input: { id: "${channel}", slowModeSeconds: 0 })`);
      await id(`deleteMessage(id: "${await write()}")`);
      const noise = await write();
      const report = await rowdy.asks(`mutation { reportMessage(id: "${noise}", reason: "loud") { id } }`);
      await id(`resolveReport(id: "${report.data.reportMessage.id}", action: DELETE_MESSAGE)`);
      await id(`setFilteredWords(channelId: "${channel}", words: ["noise"])`);
      await id(`setMemberRole(${on}, role: MODERATOR)`, 'role');
      await id(`muteMember(${on})`, 'mutedUntil');
      await id(`removeMember(${on})`);
      await id(`banMember(${on})`, '');
      await id(`unbanMember(${on})`, '');
      const incoming = await id(`createIncomingWebhook(input: { channelId: "${channel}", name: "door" })`);
      await id(`deleteIncomingWebhook(id: "${incoming}")`, '');
      const hook = await id(
        `createWebhook(input: { channelId: "${channel}", url: "https://example.org/", events: ["*"] })`,
      );
      await id(`rotateWebhookSecret(id: "${hook}")`);
      await id(`deleteWebhook(id: "${hook}")`, '');
      await id(`addProjectMembers(projectId: "${project}", userIds: ["${rowdy.id}"])`);
      await id(`updateProject(input: { id: "${project}", name: "Pit" })`);
      await id(`removeProjectMember(projectId: "${project}", userId: "${rowdy.id}")`);

      const log = async (): Promise<Data[]> =>
        (await acts({ actorId: owner.id }, 100)).edges.map(({ node }: Data) => node).reverse();
      await eventually(async () => (await log()).some(({ action }) => action === 'project.remove-member'));
      const written = (await log()).filter(({ targetType }) => targetType !== 'Session');
      expect(written.map(({ action }) => action)).toEqual([
        'channel.add-members',
        'channel.update',
        'message.delete',
        'report.resolve',
        'channel.set-filtered-words',
        'channel.set-member-role',
        'channel.mute',
        'channel.remove-member',
        'channel.ban',
        'channel.unban',
        'incoming-webhook.create',
        'incoming-webhook.delete',
        'webhook.create',
        'webhook.rotate-secret',
        'webhook.delete',
        'project.add-members',
        'project.update',
        'project.remove-member',
      ]);
      for (const act of written) expect(act).toMatchObject({ actor: { id: owner.id }, ip: '127.0.0.1' });
      expect(written.find(({ action }) => action === 'channel.ban')).toMatchObject({
        targetType: 'Channel',
        targetId: channel,
        details: { userId: rowdy.id },
      });
    });

    test('is filtered by actor and by time', async () => {
      await ada.does('CreateApiKey', { input: { name: 'noted', permissions: ['READ'] } });
      const { edges } = await acts({ actorId: ada.id, targetType: 'ApiKey' });
      expect(edges).toHaveLength(1);
      const { at } = edges[0].node;
      expect((await acts({ actorId: ada.id, targetType: 'ApiKey', from: at })).edges).toHaveLength(1);
      expect((await acts({ from: new Date(Date.now() + 3_600_000).toISOString() })).edges).toEqual([]);
      expect((await acts({ to: new Date(0).toISOString() })).edges).toEqual([]);
    });

    test('is paged without loss or repetition, newest first', async () => {
      for (const value of [9, 10, 11, 12, 8])
        await system.admin.does('UpdateSetting', { key: 'identity.passwordMinLength', value });
      const values: number[] = [];
      let after: string | null = null;
      for (let hasMore = true; hasMore && values.length < 5;) {
        const page: Data = await acts({ action: 'setting.update' }, 2, after);
        values.push(...page.edges.map(({ node }: Data) => node.details.value));
        ({ hasNextPage: hasMore, endCursor: after } = page.pageInfo);
      }
      expect(values.slice(0, 5)).toEqual([8, 12, 11, 10, 9]);
    });
  });
}
