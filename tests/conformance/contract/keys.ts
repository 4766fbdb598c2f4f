/** API keys in the contract's operations: shown once, used like tokens in the header and in connection parameters, scoped, revoked. */
import { messagesAreHeard } from '../harness/beginnings';
import { Nobody, type Person } from '../harness/person';
import type { System } from '../harness/system';

export function keys(system: System): void {
  let ada: Person;
  beforeAll(async () => {
    ada = await system.person('ada');
  });

  const createKey = (permissions: string[]) => ada.does('CreateApiKey', { input: { name: 'a script', permissions } });

  test('a key acts as its owner, within its permissions, over HTTP and WebSocket', async () => {
    const created = await createKey(['READ', 'WRITE']);
    expect(created).toEqual({
      secret: expect.any(String),
      apiKey: {
        id: expect.any(String),
        name: 'a script',
        permissions: ['READ', 'WRITE'],
        expiresAt: null,
        lastUsedAt: null,
      },
    });
    await using script = new Nobody(system.url, created.secret);
    expect(await script.does('Me')).toMatchObject({ id: ada.id, permissions: ['READ', 'WRITE'] });
    const { id: channelId } = await script.does('CreateChannel', { input: { name: 'from a script' } });

    const watch = await script.follows('MessageAdded', { channelId });
    const first = await messagesAreHeard(watch, ada, channelId);
    expect(first).toMatchObject({ author: { id: ada.id } });
    await watch.end();
  });

  test('a read-only key can neither write nor extend itself', async () => {
    const { id: channelId } = await ada.does('CreateChannel', { input: { name: 'look, no hands' } });
    await using reader = new Nobody(system.url, (await createKey(['READ'])).secret);
    expect((await reader.does('ChannelHistory', { id: channelId })).id).toBe(channelId);
    const message = { input: { channelId, body: 'hello' } };
    expect((await reader.isRefused('SendMessage', message)).code).toBe('FORBIDDEN');
    const more = { input: { name: 'more', permissions: ['READ', 'WRITE'] } };
    expect((await reader.isRefused('CreateApiKey', more)).code).toBe('FORBIDDEN');
  });

  test('revocation ends a key and its subscriptions at once; others cannot revoke it', async () => {
    const eve = await system.person('eve');
    const { secret, apiKey } = await createKey(['READ']);
    await using script = new Nobody(system.url, secret);
    await script.does('Me');
    const { id: channelId } = await ada.does('CreateChannel', { input: { name: 'soon without the script' } });
    const watch = await script.follows('MessageAdded', { channelId });
    await messagesAreHeard(watch, ada, channelId);
    expect((await eve.isRefused('RevokeApiKey', { id: apiKey.id })).code).toBe('NOT_FOUND');
    expect(await ada.does('RevokeApiKey', { id: apiKey.id })).toBe(true);
    expect((await script.isRefused('Me')).code).toBe('UNAUTHENTICATED');
    await watch.ends();
  });

  test('invalid and revoked keys are refused, in the header and in connection parameters', async () => {
    const expiresAt = new Date(Date.now() - 1000).toISOString();
    expect(
      (await ada.isRefused('CreateApiKey', { input: { name: 'old', permissions: ['READ'], expiresAt } })).code,
    ).toBe('BAD_USER_INPUT');
    const { secret } = await createKey(['READ']);
    await using forger = new Nobody(
      system.url,
      secret.replace(/.$/, (last: string) => (last === 'a' ? 'b' : 'a')),
    );
    expect((await forger.isRefused('FeatureFlags')).code).toBe('UNAUTHENTICATED');
    await (await forger.follows('PresenceChanged', { userIds: [ada.id] })).ends();
  });
}
