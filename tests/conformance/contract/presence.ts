/** Presence in the contract's operations: set by people and by their live connections, and announced when it changes. */
import { presenceIsSeen } from '../harness/beginnings';
import type { Data } from '../harness/person';
import type { System } from '../harness/system';

export function presence(system: System): void {
  test('others see a status that is set, live and on request', async () => {
    const [ada, bob] = await system.people('ada', 'bob');
    const watch = await bob.follows('PresenceChanged', { userIds: [ada.id] });
    await presenceIsSeen(watch, ada);
    expect(await ada.does('SetPresence', { status: 'ONLINE' })).toEqual({
      status: 'ONLINE',
      lastSeenAt: expect.any(String),
    });
    expect(await watch.until(({ status }) => status === 'ONLINE')).toEqual({
      user: { id: ada.id, username: ada.username },
      status: 'ONLINE',
      lastSeenAt: expect.any(String),
    });
    expect((await bob.does('User', { id: ada.id })).presence.status).toBe('ONLINE');
    await ada.does('SetPresence', { status: 'OFFLINE' });
    expect((await watch.next()).status).toBe('OFFLINE');
    await watch.end();
  });

  test('a live connection brings a user online, and its end takes the user offline', async () => {
    const [eve, bob, carl] = await system.people('eve', 'bob', 'carl');
    const watch = await bob.follows('PresenceChanged', { userIds: [eve.id, carl.id] });
    await presenceIsSeen(watch, carl);
    const ofEve = ({ user }: Data) => user.id === eve.id;
    const theirs = await eve.follows('PresenceChanged', { userIds: [bob.id] });
    const listening = theirs.next().catch(() => 'ended');
    expect((await watch.until(ofEve)).status).toBe('ONLINE');
    await eve[Symbol.asyncDispose]();
    expect(await watch.until(ofEve)).toMatchObject({
      user: { username: eve.username },
      status: 'OFFLINE',
      lastSeenAt: expect.any(String),
    });
    await listening;
    await watch.end();
  });

  test('an anonymous caller neither sets nor sees presence', async () => {
    expect((await system.nobody.isRefused('SetPresence', { status: 'AWAY' })).code).toBe('UNAUTHENTICATED');
    const refusal = await system.nobody.mayNotFollow('PresenceChanged', { userIds: [system.admin.id] });
    expect(refusal.code).toBe('UNAUTHENTICATED');
  });
}
