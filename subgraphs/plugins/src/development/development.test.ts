/** The local runner: lines, folders, the template and the examples in the sandbox, and reloading. */
import { OutboundHttp } from '@chat/kit/outbound/outbound-http';
import { isPublicAddress } from '@chat/kit/outbound/public-address';
import type { Chat } from '@chat/plugin-api';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_LIMITS } from '../sandbox/sandbox';
import { sandboxUnderTest } from '../sandbox/testing';
import { readFolder } from './folder';
import { LineError, parseLine } from './line';
import { LocalChat } from './local-chat';
import { LocalPlugin } from './local-plugin';

const EXAMPLES = join(__dirname, '../../examples');
const TEMPLATE = join(__dirname, '../../../../clients/plugin-api/template');
/** A busy machine is slow; the limits have tests of their own. */
const LIMITS = { ...DEFAULT_LIMITS, callMs: 20_000, loadMs: 20_000, totalMs: 20_000 };

const sandbox = sandboxUnderTest('process');
const http = new OutboundHttp({ isAllowed: isPublicAddress, timeoutMs: 1_000 });
const work = mkdtempSync(join(tmpdir(), 'chat-plugin-'));
afterAll(async () => {
  rmSync(work, { recursive: true, force: true });
  await sandbox[Symbol.asyncDispose]();
  await http[Symbol.asyncDispose]();
});

async function local(folder: string) {
  const printed: string[] = [];
  const print = (line: string) => void printed.push(line);
  const chat = new LocalChat({ http, print });
  const plugin = new LocalPlugin({ folder, sandbox, limits: LIMITS, chat, print });
  await plugin.load();
  return { plugin, chat, printed };
}

test.each([
  ['Good morning', { kind: 'message', text: 'Good morning' }],
  ['/greet  Ada B', { kind: 'command', name: 'greet', text: 'Ada B' }],
  ['/greet', { kind: 'command', name: 'greet', text: '' }],
  [':complete /greet A', { kind: 'complete', name: 'greet', text: 'A' }],
  [':press vote-1', { kind: 'press', id: 'vote-1', values: null }],
  [':press ask {"a":1}', { kind: 'press', id: 'ask', values: { a: 1 } }],
  [':event fileReady', { kind: 'event', event: 'fileReady', details: {} }],
  [':webhook push {"a":[1]}', { kind: 'webhook', event: 'push', body: { a: [1] } }],
  [':webhook [1]', { kind: 'webhook', event: null, body: [1] }],
  [':schedule cleanup', { kind: 'schedule', name: 'cleanup' }],
  [':config {"a":1}', { kind: 'config', config: { a: 1 } }],
  [':storage', { kind: 'storage' }],
])('the line %s', (line, expected) => expect(parseLine(line)).toEqual(expected));

test.each([':unknown', ':event nothing', ':config {', ':complete x', ':event fileReady 5'])('refuses %s', (line) =>
  expect(() => parseLine(line)).toThrow(LineError),
);

test('a folder is read with the rules of bundles', () => {
  const folder = join(work, 'folder');
  cpSync(TEMPLATE, folder, { recursive: true });
  writeFileSync(join(folder, 'native.node'), 'x');
  writeFileSync(join(folder, '.hidden.js'), 'x');
  symlinkSync('/etc', join(folder, 'node_modules'));
  const { manifest, files, skipped } = readFolder(folder);
  expect(manifest.name).toBe('my-plugin');
  expect(Object.keys(files)).toEqual(['manifest.json', 'plugin.js']);
  expect(skipped).toEqual([expect.stringContaining('native.node is no source code')]);
});

test('the template greets, counts, and answers a button and a message', async () => {
  const { plugin, chat, printed } = await local(TEMPLATE);
  for (const line of ['/greet Ada', ':press wave', 'hello?', ':storage']) expect(await plugin.run(line)).toBe(true);
  expect(printed).toEqual([
    'loaded: my-plugin 0.1.0',
    'bot: Hello Ada! (1)  [Wave back: :press wave]',
    `bot, only to you: ${chat.userId} waves to Ada.`,
    'you: hello?',
    'bot: Hello!',
    JSON.stringify({ greetings: 1 }, null, 2),
  ]);
  expect(await plugin.run(':config {"greeting":5}')).toBe(false);
  expect(await plugin.run(':config {"greeting":"Hi"}')).toBe(true);
  await plugin.run('/greet Bob');
  expect(chat.messages.at(-1)!.text).toBe('Hi Bob! (2)');
  expect(await plugin.run('/unknown')).toBe(false);
});

test('the examples work in it', async () => {
  const poll = await local(join(EXAMPLES, 'poll'));
  for (const line of ['/poll Lunch? Pizza, Salad', ':press vote-0']) expect(await poll.plugin.run(line)).toBe(true);
  expect(poll.chat.messages.map(({ text }) => text)).toEqual(['**Lunch?**\n- Pizza: 1\n- Salad: 0']);
  const filter = await local(join(EXAMPLES, 'profanity-filter'));
  await filter.plugin.run('what the fuck');
  expect(filter.printed.at(-1)).toBe('you: what the f\\*\\*\\*');
  const github = await local(join(EXAMPLES, 'github'));
  expect(await github.plugin.run(':webhook ping {"repository":{"full_name":"a/b"}}')).toBe(false);
  expect(github.printed.at(-1)).toContain('Set channelId');
  const words = await local(join(EXAMPLES, 'word-count'));
  for (const line of ['/count Guten "Morgen"', '/count']) expect(await words.plugin.run(line)).toBe(true);
  expect(words.printed.slice(-2)).toEqual([
    'bot, only to you: 2 words. Asked 1 times.',
    'bot, only to you: 0 words. Asked 2 times.',
  ]);
});

test('a change is loaded, and a broken one leaves the earlier version', async () => {
  const folder = join(work, 'changing');
  cpSync(TEMPLATE, folder, { recursive: true });
  const { plugin, printed } = await local(folder);
  const write = (code: string) => writeFileSync(join(folder, 'plugin.js'), code);
  write('export default { commands: { greet: () => "changed" } };');
  await plugin.load();
  await plugin.run('/greet');
  write('export default {');
  await expect(plugin.load()).rejects.toThrow('SyntaxError');
  await plugin.run('/greet');
  expect(printed.slice(1)).toEqual(['reloaded: my-plugin 0.1.0', ...Array(2).fill('bot, only to you: changed')]);
});

test('the published types name every call of the sandbox', async () => {
  const members: Record<keyof Chat, string[]> = {
    config: [],
    log: ['debug', 'error', 'info', 'log', 'warn'] satisfies (keyof Chat['log'])[],
    storage: ['delete', 'get', 'increment', 'list', 'set'] satisfies (keyof Chat['storage'])[],
    messages: ['send', 'update'] satisfies (keyof Chat['messages'])[],
    interactions: ['reply'] satisfies (keyof Chat['interactions'])[],
    graph: ['query'] satisfies (keyof Chat['graph'])[],
    http: ['fetch'] satisfies (keyof Chat['http'])[],
  };
  const folder = join(work, 'members');
  cpSync(TEMPLATE, folder, { recursive: true });
  const code = `export default { commands: { greet: (_call, chat) =>
    JSON.stringify(Object.fromEntries(Object.entries(chat).map(([name, member]) => [name, Object.keys(member).sort()]))) } };`;
  writeFileSync(join(folder, 'plugin.js'), code);
  const { plugin, printed } = await local(folder);
  await plugin.run('/greet');
  expect(JSON.parse(printed.at(-1)!.replace('bot, only to you: ', ''))).toEqual(members);
});
