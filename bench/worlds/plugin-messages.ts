/**
 * Messages of four senders in the whole system, as one process: without plugins, with ten that receive them, and with ten that check them.
 * Before each figure with plugins, as many messages warm these up.
 */
import type { TestServices } from '@chat/kit/testing/services';
import { TestProcess } from '@chat/kit/testing/test-process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Ask, enablePlugin, installPlugin, type InstalledPlugin, loginAsAdmin } from '../../tests/harness/plugins';

const PLUGINS = 10;
const SENDERS = 4;
const PASSWORD = 'violet tractor gymnast';

const RECEIVES = `export default { events: { messageAdded({ message }) { return message.text.length; } } };`;
const CHECKS = `export default { hooks: { beforeMessage: ({ text }) => text.includes('forbidden') ? { refuse: 'no' } : null } };`;

interface MessageFigures {
  none: number[];
  events: number[];
  checks: number[];
}

/** The p99 of each round, in milliseconds. */
export async function messagesWithPlugins(
  services: TestServices,
  rounds: number,
  messages: number,
): Promise<MessageFigures> {
  await using chat = new TestProcess({
    args: ['standalone/src/main.ts'],
    env: {
      DATABASE_URL: services.postgres.url,
      REDIS_URL: services.redis.url,
      DATA_DIR: join(services.dir, 'chat'),
      SECRET_KEY: randomBytes(32).toString('hex'),
      ADMIN_PASSWORD: PASSWORD,
      PLUGIN_ALLOW_UNSIGNED: 'true',
      RATE_LIMIT_PER_MINUTE: '0',
      PORT: '0',
    },
  });
  const [, url] = await chat.waitFor(/(http:\/\/[^\s"]+\/graphql)/, 120_000);
  const ask = await loginAsAdmin(url!, PASSWORD);
  const { createChannel } = await ask(
    'mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id } }',
    {
      input: { name: 'bench', type: 'PUBLIC' },
    },
  );
  const { id: channelId } = createChannel as { id: string };
  const measure = () => sendAll(ask, channelId, messages);
  await measure();
  const plugins = { events: await install(ask, 'events', RECEIVES), checks: await install(ask, 'checks', CHECKS) };
  const figures: MessageFigures = { none: [], events: [], checks: [] };
  for (let round = 0; round < rounds; round++) {
    figures.none.push(await measure());
    for (const kind of ['events', 'checks'] as const) {
      for (const { id, permissions } of plugins[kind]) await enablePlugin(ask, id, permissions);
      await pause(1_500); // every process sees the plugins within a second
      await measure(); // threads of plugins that have just started run slow code
      await pause(4_000); // their events are delivered
      figures[kind].push(await measure());
      for (const { id } of plugins[kind]) await ask('mutation ($id: ID!) { disablePlugin(id: $id) { id } }', { id });
      await pause(1_500);
    }
  }
  return figures;
}

async function sendAll(ask: Ask, channelId: string, count: number): Promise<number> {
  const times: number[] = [];
  const query = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';
  const numbers = Array.from({ length: count }, (_, index) => index).values();
  const sender = async () => {
    for (const number of numbers) {
      const began = performance.now();
      await ask(query, { input: { channelId, body: `Message ${number} of the bench` } });
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)]!;
}

async function install(ask: Ask, kind: 'events' | 'checks', code: string) {
  const installed: InstalledPlugin[] = [];
  for (let index = 0; index < PLUGINS; index++) {
    const manifest = {
      name: `${kind}-${index}`,
      version: '1.0.0',
      hooks: [kind === 'events' ? 'messageAdded' : 'beforeMessage'],
      permissions: [kind === 'events' ? 'events:receive' : 'messages:check'],
    };
    installed.push(await installPlugin(ask, manifest, code));
  }
  return installed;
}
