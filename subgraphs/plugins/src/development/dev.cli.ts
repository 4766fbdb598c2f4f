/** `npm run plugins:dev -- DIR`: runs a plugin from its folder in the sandbox, and loads it again after each change. */
import { loadConfig } from '@chat/kit/config';
import { createLogger } from '@chat/kit/logging';
import { OutboundHttp } from '@chat/kit/outbound/outbound-http';
import { isPublicAddress } from '@chat/kit/outbound/public-address';
import { commandLine } from '@chat/kit/process/command-line';
import { runCommand } from '@chat/kit/process/run-command';
import { cpSync, existsSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { z } from 'zod';
import { sandboxVariables } from '../config';
import { GraphClient } from '../graph/graph.client';
import { createSandbox, limitsOf } from '../sandbox/sandbox.settings';
import { LocalChat } from './local-chat';
import { LocalPlugin } from './local-plugin';

const TEMPLATE = join(__dirname, '../../../../clients/plugin-api/template');

/** Editors write a file in several steps, in milliseconds. */
const SETTLED_MS = 100;

const { positionals, values, refuse } = commandLine({
  command: 'npm run plugins:dev --',
  summary: `Runs the plugin in DIR in the sandbox of the server, with messages and stored values in memory, and loads it again after each
change. Each line that you type is one action.`,
  arguments: [{ name: 'DIR', description: 'the folder with manifest.json' }],
  options: {
    new: { type: 'boolean', description: 'makes DIR from the template, and ends' },
    run: {
      type: 'string',
      value: 'LINE',
      multiple: true,
      description: 'runs a line instead of those that are typed; can be repeated. Exits with 1 if one fails',
    },
    graph: {
      type: 'string',
      value: 'URL',
      description: 'gateway that answers chat.graph.query, with the API key of a test account in PLUGIN_API_KEY',
    },
  },
  details: `Lines:
  Good morning           a message: beforeMessage, then messageAdded
  /greet Ada             a command
  :press ID [{…}]        a button, or the values of its form
  :complete /greet A     completions
  :event NAME [{…}]      an event; missing members have example values
  :webhook [NAME] {…}    a webhook; NAME is its x-github-event
  :schedule NAME         a scheduled run
  :config {…}            the settings
  :storage               the stored values

Grants everything that the manifest asks for. Limits are those of the server: PLUGIN_MEMORY_MB, PLUGIN_CALL_MS and so on.
Example: npm run plugins:dev -- subgraphs/plugins/examples/poll --run "/poll Lunch? Pizza, Salad" --run ":press vote-0"`,
});

const settings = z.object({ ...sandboxVariables, PLUGIN_API_KEY: z.string().optional() });
const folder = resolve(positionals[0]!);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  if (values.new) return create();
  if (!existsSync(join(folder, 'manifest.json')))
    return refuse(`There is no manifest.json in ${folder}. --new makes it from the template.`);
  const config = loadConfig(settings);
  await using sandbox = createSandbox(config, createLogger('plugins', 'warn'));
  await using http = new OutboundHttp({ isAllowed: isPublicAddress, timeoutMs: 4_000 });
  const key = config.PLUGIN_API_KEY;
  const graph = values.graph !== undefined && key ? { client: new GraphClient(values.graph, ''), key } : undefined;
  const chat = new LocalChat({ http, graph, print });
  const plugin = new LocalPlugin({ folder, sandbox, limits: limitsOf(config), chat, print });
  const load = async (): Promise<boolean> => {
    try {
      await plugin.load();
      return true;
    } catch (error) {
      print((error as Error).message);
      return false;
    }
  };
  const isLoaded = await load();
  if (values.run) {
    let isWell = isLoaded;
    for (const line of isLoaded ? values.run : []) isWell = (await plugin.run(line)) && isWell;
    return isWell ? 0 : 1;
  }
  print(`in ${sandbox.isolation}; --help lists the lines`);
  let timer: NodeJS.Timeout | undefined;
  const watcher = watch(folder, { recursive: true }, () => {
    clearTimeout(timer);
    timer = setTimeout(() => void load(), SETTLED_MS);
  });
  for await (const line of createInterface({ input: process.stdin })) if (line.trim() !== '') await plugin.run(line);
  watcher.close();
  clearTimeout(timer);
  return 0;
}

function create(): number {
  if (existsSync(folder)) return refuse(`${folder} exists already.`);
  cpSync(TEMPLATE, folder, { recursive: true });
  const manifest = join(folder, 'manifest.json');
  const name =
    basename(folder)
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^[^a-z]+|-$/g, '') || 'my-plugin';
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace('"my-plugin"', JSON.stringify(name.slice(0, 40))));
  print(`Made ${folder}. Run it: npm run plugins:dev -- ${positionals[0]}`);
  return 0;
}

runCommand(main);
