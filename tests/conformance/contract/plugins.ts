/** Plugins in the contract's operations: installed from an uploaded bundle, enabled, configured, used, upgraded, and removed. */
import { eventually } from '@chat/kit/testing/eventually';
import { bundleOf } from '../../../subgraphs/plugins/src/testing/test-bundle';
import type { Data, Person } from '../harness/person';
import { privateChannel } from '../harness/private-channel';
import type { System } from '../harness/system';

const MANIFEST = {
  name: 'greeter',
  version: '1.0.0',
  hooks: ['messageAdded'],
  permissions: ['messages:send', 'storage', 'events:receive'],
  commands: [
    { name: 'greet', description: 'Greets somebody.' },
    { name: 'shout', description: 'Greets everybody.' },
    { name: 'hang', description: 'Never ends.' },
  ],
  configSchema: { type: 'object', properties: { greeting: { type: 'string', default: 'Hello' } } },
};

const CODE = `export default {
  commands: {
    async greet({ text }, chat) {
      console.log('greeting', text);
      const { greeting } = await chat.config();
      return greeting + ' ' + text + ' (' + (await chat.storage.increment('greetings')) + ')';
    },
    shout: ({ text }) => ({ text: 'HELLO ' + text, visibility: 'channel' }),
    hang() { for (;;); },
  },
};`;

export function plugins(system: System): void {
  let ada: Person;
  let channelId: string;
  beforeAll(async () => {
    ada = await system.person('ada');
    channelId = await privateChannel(ada, 'with plugins');
  });

  /** @returns the id of a file that is READY */
  const uploads = async (person: Person, content: Buffer): Promise<string> => {
    const { file, uploadUrl, method, headers } = await person.does('BeginUpload', {
      input: { name: 'plugin.zip', size: content.length, mimeType: 'application/zip' },
    });
    const body = new Uint8Array(content);
    await fetch(uploadUrl, {
      method,
      headers: Object.fromEntries(headers.map(({ name, value }: Data) => [name, value])),
      body,
    });
    await person.does('CompleteUpload', { id: file.id });
    await eventually(async () => (await person.does('File', { id: file.id })).status === 'READY', 'a bundle is READY');
    return file.id;
  };

  const run = (person: Person, text: string) => person.does('RunCommand', { input: { channelId, text } });

  let id: string;

  test('an administrator installs a plugin, which does not run yet', async () => {
    const fileId = await uploads(system.admin, bundleOf(MANIFEST, CODE));
    const installed = await system.admin.does('InstallPlugin', { input: { fileId } });
    expect(installed).toEqual({
      id: expect.any(String),
      name: 'greeter',
      version: '1.0.0',
      state: 'INSTALLED',
      permissions: MANIFEST.permissions,
    });
    ({ id } = installed);
    expect(await ada.isRefused('RunCommand', { input: { channelId, text: '/greet Bob' } })).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await system.admin.isRefused('InstallPlugin', { input: { fileId } })).toMatchObject({ code: 'CONFLICT' });
  });

  test('others neither see nor change plugins', async () => {
    const refusals = await Promise.all([
      ada.isRefused('Plugins'),
      ada.isRefused('PluginLogs', { id }),
      ada.isRefused('InstallPlugin', { input: { fileId: id } }),
      ada.isRefused('EnablePlugin', { id, grantedPermissions: [] }),
      ada.isRefused('DisablePlugin', { id }),
      ada.isRefused('UpgradePlugin', { input: { id, fileId: id } }),
      ada.isRefused('UninstallPlugin', { id }),
      ada.isRefused('ConfigurePlugin', { id, config: {} }),
      ada.mayNotFollow('PluginStateChanged'),
    ]);
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'FORBIDDEN' });
    expect(await system.nobody.isRefused('Plugins')).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await system.nobody.isRefused('RunCommand', { input: { channelId, text: '/greet' } })).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  test('it runs once it is enabled, and its state is announced', async () => {
    expect(await system.admin.isRefused('EnablePlugin', { id, grantedPermissions: ['graph:write'] })).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    const changes = await system.admin.follows('PluginStateChanged');
    const enable = async () => {
      await system.admin.does('DisablePlugin', { id });
      await system.admin.does('EnablePlugin', { id, grantedPermissions: MANIFEST.permissions });
    };
    const change = await changes.hasBegun(enable, ({ state }) => state === 'ENABLED');
    expect(change).toEqual({ id, state: 'ENABLED', health: { state: 'RUNNING', restarts: 0 } });
    await changes.end();
    const [listed] = await system.admin.does('Plugins');
    expect(listed).toMatchObject({
      id,
      state: 'ENABLED',
      hooks: ['messageAdded'],
      runtime: 'quickjs',
      commands: [{ name: 'greet', description: 'Greets somebody.' }, { name: 'shout' }, { name: 'hang' }],
      health: { state: 'RUNNING', restarts: 0, lastError: null },
    });
    expect(await run(ada, '/greet Bob')).toEqual({ text: 'Hello Bob (1)', visibility: 'PRIVATE' });
  });

  test('its configuration is validated, and used at once', async () => {
    expect(await system.admin.isRefused('ConfigurePlugin', { id, config: { greeting: 5 } })).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { 'config.greeting': 'greeting must be text.' },
    });
    expect(await system.admin.isRefused('ConfigurePlugin', { id, config: { color: 'red' } })).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    expect(await system.admin.does('ConfigurePlugin', { id, config: { greeting: 'Moin' } })).toEqual({
      id,
      config: { greeting: 'Moin' },
    });
    expect((await run(ada, '/greet Eve')).text).toBe('Moin Eve (2)');
  });

  test('commands are for those who may write in the channel', async () => {
    const eve = await system.person('eve');
    expect(await eve.isRefused('RunCommand', { input: { channelId, text: '/greet Eve' } })).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await ada.isRefused('RunCommand', { input: { channelId, text: '/nothing' } })).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await ada.isRefused('RunCommand', { input: { channelId, text: 'greet' } })).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  test('a reply for the channel is sent by the bot, which must be a member', async () => {
    const refusal = await ada.isRefused('RunCommand', { input: { channelId, text: '/shout Bob' } });
    expect(['NOT_FOUND', 'FORBIDDEN']).toContain(refusal.code);
    const { id: open } = await ada.does('CreateChannel', { input: { name: 'open', type: 'PUBLIC' } });
    const input = { channelId: open, text: '/shout all' };
    expect(await ada.does('RunCommand', { input })).toEqual({ text: 'HELLO all', visibility: 'CHANNEL' });
    const { messages } = await ada.does('ChannelHistory', { id: open, last: 1 });
    expect(messages.edges[0].node).toMatchObject({ body: 'HELLO all', author: { displayName: 'greeter' } });
  });

  test('its log is shown to administrators', async () => {
    const { logs } = await eventually(async () => {
      const plugin = await system.admin.does('PluginLogs', { id, first: 10 });
      return plugin.logs.edges.length >= 2 && plugin;
    }, 'lines of the log');
    expect(logs.edges.map(({ node }: Data) => node)).toEqual(
      expect.arrayContaining([{ at: expect.any(String), level: 'INFO', message: 'greeting Bob' }]),
    );
  });

  test('an upgrade keeps stored values; one that fails leaves the earlier version with them', async () => {
    const next = { ...MANIFEST, version: '1.1.0' };
    const migrating = `${CODE.slice(0, CODE.lastIndexOf('}'))}
      async migrate({ from }, chat) { await chat.storage.set('greetings', 100); if (from === '1.0.0') THROW; } };`;
    const upgrade = async (manifest: object, code: string) => ({
      input: { id, fileId: await uploads(system.admin, bundleOf(manifest, code)) },
    });
    const failing = await upgrade(next, migrating.replace('THROW', 'throw new Error("no")'));
    expect(await system.admin.isRefused('UpgradePlugin', failing)).toMatchObject({ code: 'CONFLICT' });
    expect((await run(ada, '/greet Bob')).text).toBe('Moin Bob (3)');
    const broken = await upgrade(next, 'export default {');
    expect(await system.admin.isRefused('UpgradePlugin', broken)).toMatchObject({ code: 'CONFLICT' });
    const other = await upgrade({ ...next, name: 'another' }, CODE);
    expect(await system.admin.isRefused('UpgradePlugin', other)).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect((await system.admin.does('Plugins'))[0]).toMatchObject({
      version: '1.0.0',
      state: 'ENABLED',
      health: { lastError: expect.stringContaining('1.1.0 failed') },
    });
    const working = await upgrade(next, migrating.replace('THROW', 'return 1'));
    expect(await system.admin.does('UpgradePlugin', working)).toEqual({ id, version: '1.1.0', state: 'ENABLED' });
    expect((await run(ada, '/greet Bob')).text).toBe('Moin Bob (101)');
  });

  test('a loop costs its own call; the third within an hour suspends the plugin, with the reason', async () => {
    for (let attempt = 1; attempt <= 3; attempt++) {
      const refusal = await ada.isRefused('RunCommand', { input: { channelId, text: '/hang' } });
      expect(refusal.code).toBe('TIMEOUT');
      await eventually(async () => (await system.admin.does('Plugins'))[0].health.restarts === attempt, 'a fault');
      if (attempt < 3) expect((await run(ada, '/greet Bob')).text).toContain('Moin Bob');
    }
    expect((await system.admin.does('Plugins'))[0]).toMatchObject({
      state: 'FAILED',
      health: { state: 'SUSPENDED', lastError: expect.stringContaining('3 failures within an hour') },
    });
    expect(await ada.isRefused('RunCommand', { input: { channelId, text: '/greet Bob' } })).toMatchObject({
      code: 'NOT_FOUND',
    });
    const again = await system.admin.does('EnablePlugin', { id, grantedPermissions: ['storage'] });
    expect(again).toEqual({ id, state: 'ENABLED' });
    expect((await run(ada, '/greet Bob')).text).toContain('Moin Bob');
    expect(await ada.isRefused('RunCommand', { input: { channelId, text: '/shout Bob' } })).toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  test('it is disabled, and uninstalled with its data', async () => {
    expect(await system.admin.does('DisablePlugin', { id })).toEqual({ id, state: 'DISABLED' });
    expect(await ada.isRefused('RunCommand', { input: { channelId, text: '/greet Bob' } })).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await system.admin.does('UninstallPlugin', { id })).toBe(true);
    expect(await system.admin.does('Plugins')).toEqual([]);
    expect(await system.admin.isRefused('PluginLogs', { id })).toMatchObject({ code: 'NOT_FOUND' });
  });
}
