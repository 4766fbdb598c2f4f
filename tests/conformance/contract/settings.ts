/** Feature flags, settings and the audit log, as the contract writes them: what administrators change is in force at once, and noted. */
import type { Data, Person } from '../harness/person';
import { PASSWORD, type System } from '../harness/system';

export function settings(system: System): void {
  let ada: Person;
  beforeAll(async () => {
    ada = await system.person('ada');
  });

  test('a feature that is switched off is off, and everybody sees it', async () => {
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
      system.nobody.post('mutation { loginAsGuest(displayName: "Visitor") { user { displayName } } }');
    expect((await comeIn()).errors[0].extensions.code).toBe('FORBIDDEN');
    await system.admin.does('SetFeatureFlag', { key: 'guests', enabled: true });
    expect((await comeIn()).data.loginAsGuest.user.displayName).toBe('Visitor');
  });

  test('a setting is changed within its bounds, and in force', async () => {
    const key = 'identity.passwordMinLength';
    expect(await system.admin.does('Settings')).toContainEqual({ key, value: 8, description: expect.any(String) });
    for (const value of [3, 'long', null, { more: 1 }])
      expect((await system.admin.isRefused('UpdateSetting', { key, value })).code).toBe('BAD_USER_INPUT');
    expect((await system.admin.isRefused('UpdateSetting', { key: 'no.such', value: 1 })).code).toBe('NOT_FOUND');

    expect(await system.admin.does('UpdateSetting', { key, value: 30 })).toEqual({ key, value: 30 });
    const input = { currentPassword: PASSWORD, newPassword: PASSWORD };
    const change = () =>
      ada.post('mutation ($input: ChangePasswordInput!) { changePassword(input: $input) }', { input });
    expect((await change()).errors[0].extensions.fields.newPassword).toContain('30');
    await system.admin.does('UpdateSetting', { key, value: 8 });
  });

  describe('the audit log', () => {
    const acts = async (filter: object, first?: number, after?: string | null): Promise<Data> =>
      system.admin.does('AuditLog', { filter, first, after });

    test('tells who did what to whom, from where', async () => {
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
