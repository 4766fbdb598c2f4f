/** Sessions in the contract's operations: renewed, listed and revoked, over HTTP and over WebSocket. */
import { presenceIsSeen } from '../harness/beginnings';
import { Nobody, type Person } from '../harness/person';
import type { System } from '../harness/system';

export function sessions(system: System): void {
  let ada: Person;
  beforeAll(async () => {
    ada = await system.person('ada');
  });

  test('a refresh token gives new tokens, once; its use by another client ends the session', async () => {
    const { refreshToken } = await system.login(ada.username);
    const renewed = await system.nobody.does('RefreshSession', { refreshToken });
    expect(renewed).toEqual({
      accessToken: expect.any(String),
      refreshToken: expect.any(String),
      expiresAt: expect.any(String),
    });
    expect(renewed.refreshToken).not.toBe(refreshToken);
    await using ourselves = new Nobody(system.url, renewed.accessToken);
    expect((await ourselves.does('Me')).id).toBe(ada.id);

    await using thief = new Nobody(system.url, undefined, { 'user-agent': 'another program' });
    expect((await thief.isRefused('RefreshSession', { refreshToken })).code).toBe('UNAUTHENTICATED');
    const successor = { refreshToken: renewed.refreshToken };
    expect((await system.nobody.isRefused('RefreshSession', successor)).code).toBe('UNAUTHENTICATED');
    expect((await ourselves.isRefused('Me')).code).toBe('UNAUTHENTICATED');
  });

  test('logging out ends the current session and no other', async () => {
    const elsewhere = await system.login(ada.username);
    expect(await elsewhere.does('Logout')).toBe(true);
    expect((await elsewhere.isRefused('Me')).code).toBe('UNAUTHENTICATED');
    const { refreshToken } = elsewhere;
    expect((await system.nobody.isRefused('RefreshSession', { refreshToken })).code).toBe('UNAUTHENTICATED');
    expect((await ada.does('Me')).id).toBe(ada.id);
    expect((await system.nobody.isRefused('Logout')).code).toBe('UNAUTHENTICATED');
  });

  test('an account revokes a session from another one, which ends its subscriptions; others cannot', async () => {
    const [eve, elsewhere] = await Promise.all([system.person('eve'), system.login(ada.username)]);
    const { id } = (await elsewhere.does('Me')).sessions.find(({ current }: { current: boolean }) => current);
    const watch = await elsewhere.follows('PresenceChanged', { userIds: [ada.id] });
    await presenceIsSeen(watch, ada);

    expect((await eve.isRefused('RevokeSession', { id })).code).toBe('NOT_FOUND');
    expect((await elsewhere.does('Me')).id).toBe(ada.id);
    expect(await ada.does('RevokeSession', { id })).toBe(true);
    expect((await elsewhere.isRefused('Me')).code).toBe('UNAUTHENTICATED');
    await watch.ends();
    expect((await ada.does('Me')).sessions.map((session: { id: string }) => session.id)).not.toContain(id);
  });

  test('an administrator revokes any session', async () => {
    const rex = await system.person('rex');
    const [{ id }] = (await rex.does('Me')).sessions;
    await system.admin.does('RevokeSession', { id });
    expect((await rex.isRefused('Me')).code).toBe('UNAUTHENTICATED');
  });
}
