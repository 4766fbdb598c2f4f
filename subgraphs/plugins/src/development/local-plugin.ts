/**
 * One plugin from a folder, in the sandbox and over a chat in memory. Grants everything that its manifest asks for. Loads the folder again
 * on demand; a version that cannot be loaded leaves the earlier one in place.
 */
import { newId } from '@chat/kit/ids';
import { form } from '../actions/action.form';
import { configProblems, defaultsOf, type Config } from '../bundles/config-schema';
import { replyOf } from '../commands/command.reply';
import { verdict } from '../hooks/hook.service';
import { hasHook, PluginState, type Plugin } from '../registry/plugin';
import type { CallResult, Sandbox, SandboxLimits } from '../sandbox/sandbox';
import { exampleEvent } from './example-events';
import { readFolder } from './folder';
import { LineError, parseLine, type Line } from './line';
import type { LocalChat } from './local-chat';

interface Deps {
  folder: string;
  sandbox: Sandbox;
  limits: SandboxLimits;
  chat: LocalChat;
  print: (line: string) => void;
}

export class LocalPlugin {
  private plugin: Plugin | undefined;
  private config: Config = {};

  constructor(private readonly deps: Deps) {}

  /** @throws BundleError; LoadError */
  async load(): Promise<void> {
    const { folder, sandbox, limits, chat, print } = this.deps;
    const { manifest, files, skipped } = readFolder(folder);
    const plugin = pluginOf(manifest, files, this.config);
    const { main, runtime } = manifest;
    await sandbox.load({ id: plugin.id, files, main, runtime, limits, onApi: chat.api.answer });
    const earlier = this.plugin;
    this.plugin = plugin;
    if (earlier) await sandbox.unload(earlier.id);
    for (const reason of skipped) print(`skipped: ${reason}`);
    print(`${earlier ? 'reloaded' : 'loaded'}: ${manifest.name} ${manifest.version}`);
  }

  /** Does what the line says, and prints what comes of it. @returns whether everything worked */
  async run(text: string): Promise<boolean> {
    try {
      return await this.act(parseLine(text));
    } catch (error) {
      this.deps.print((error as Error).message);
      return false;
    }
  }

  private async act(line: Line): Promise<boolean> {
    const { chat, print } = this.deps;
    const user = { id: chat.userId };
    switch (line.kind) {
      case 'message':
        return this.message(line.text);
      case 'command': {
        this.require(line.name, 'command', this.current.manifest.commands);
        const argument = { name: line.name, text: line.text, channelId: chat.channelId, user };
        return this.reply(await this.call(['commands', line.name], argument), `/${line.name}`);
      }
      case 'complete': {
        const argument = { name: line.name, text: line.text, channelId: chat.channelId, user };
        const { end, value } = await this.call(['completions', line.name], argument);
        print(JSON.stringify(value ?? []));
        return end === 'returned';
      }
      case 'press':
        return this.press(line.id, line.values);
      case 'event':
        if (!hasHook(this.current, line.event))
          throw new LineError(`The manifest does not name the hook ${line.event}.`);
        return this.event(line.event, line.details);
      case 'webhook': {
        const headers = { 'content-type': 'application/json', 'x-github-event': line.event };
        return (await this.call(['webhook'], { headers, body: line.body })).end === 'returned';
      }
      case 'schedule': {
        this.require(line.name, 'schedule', this.current.manifest.schedules);
        const argument = { name: line.name, at: new Date().toISOString() };
        return (await this.call(['schedules', line.name], argument)).end === 'returned';
      }
      case 'config':
        return this.configure(line.config);
      case 'storage':
        print(JSON.stringify(Object.fromEntries(chat.stored), null, 2));
        return true;
    }
  }

  private async message(text: string): Promise<boolean> {
    const { chat, print, limits } = this.deps;
    let stored = text;
    if (hasHook(this.current, 'beforeMessage')) {
      const question = { text, channelId: chat.channelId, authorId: chat.userId, isEdit: false };
      const result = await this.call(['hooks', 'beforeMessage'], question, { isHook: true });
      if (result.end !== 'returned') return false;
      print(`beforeMessage took ${result.ms.toFixed(1)} of ${Math.min(limits.callMs, 50)} ms`);
      const answer = verdict.safeParse(result.value ?? null);
      if (!answer.success) throw new LineError('beforeMessage gave no valid answer.');
      if (answer.data && 'refuse' in answer.data) {
        print(`refused: ${answer.data.refuse}`);
        return true;
      }
      if (answer.data) stored = answer.data.text;
    }
    print(`you: ${stored}`);
    return hasHook(this.current, 'messageAdded') ? this.event('messageAdded', { message: { text: stored } }) : true;
  }

  private async event(event: Parameters<typeof exampleEvent>[0], details: object): Promise<boolean> {
    const { chat } = this.deps;
    const argument = merged(exampleEvent(event, chat.channelId, chat.userId), details as Record<string, unknown>);
    return (await this.call(['events', event], argument)).end === 'returned';
  }

  private async press(id: string, values: unknown): Promise<boolean> {
    const { chat, print } = this.deps;
    const found = chat.withButton(id);
    if (!found) throw new LineError(`No message has the button ${id}.`);
    const argument = {
      id,
      value: found.button.value,
      values,
      messageId: found.message.id,
      channelId: chat.channelId,
      user: { id: chat.userId },
      token: newId(),
    };
    const result = await this.call(['actions', id.split(/[-_]/)[0]!], argument);
    const asked = form.safeParse(result.value).data;
    if (!asked) return this.reply(result, found.button.label);
    const fields = asked.form.fields.map((field) => `${field.id} (${field.type})`).join(', ');
    print(`form "${asked.form.title}": ${fields}. Answer with :press ${id} {…}`);
    return true;
  }

  private configure(config: unknown): boolean {
    const schema = this.current.manifest.configSchema;
    if (typeof config !== 'object' || config === null) throw new LineError('Write :config {…}');
    const complete = { ...defaultsOf(schema), ...(config as Config) };
    const problems = Object.entries(configProblems(schema, complete));
    if (problems.length > 0) throw new LineError(problems.map(([name, problem]) => `${name}: ${problem}`).join('\n'));
    this.config = this.current.config = complete;
    this.deps.print(JSON.stringify(complete));
    return true;
  }

  private reply(result: CallResult, what: string): boolean {
    if (result.end !== 'returned') return false; // call() has said why
    const { text, visibility, buttons } = replyOf(result, what);
    if (visibility === 'channel') this.deps.chat.post(text, buttons);
    else if (text !== '') this.deps.print(`bot, only to you: ${text}`);
    return true;
  }

  private async call(path: readonly string[], argument: unknown, { isHook = false } = {}): Promise<CallResult> {
    const { sandbox, print } = this.deps;
    const plugin = this.current;
    const context = { plugin, invocation: { depth: 0, key: newId(), isHook } };
    const result = await sandbox.call(plugin.id, path, argument, { context });
    for (const { level, message } of result.log) print(`${level}: ${message}`);
    if (result.end !== 'returned') print(`${path.join('.')} ended by ${result.end}: ${result.error}`);
    return result;
  }

  private require(name: string, what: string, named: readonly { name: string }[]): void {
    if (named.some((each) => each.name === name)) return;
    throw new LineError(
      `The manifest has no ${what} ${name}. It has ${named.map((each) => each.name).join(', ') || 'none'}.`,
    );
  }

  private get current(): Plugin {
    if (!this.plugin) throw new LineError('The plugin is not loaded. Correct it; it is loaded after the change.');
    return this.plugin;
  }
}

function pluginOf(manifest: Plugin['manifest'], files: Record<string, string>, config: Config): Plugin {
  const now = new Date();
  const id = newId();
  return {
    id,
    name: manifest.name,
    version: manifest.version,
    state: PluginState.ENABLED,
    manifest,
    files,
    config,
    granted: manifest.permissions,
    revision: 1,
    restarts: 0,
    publisher: null,
    botId: id,
    botKey: null,
    botKeyId: null,
    webhookToken: null,
    lastError: null,
    installedBy: id,
    createdAt: now,
    updatedAt: now,
  };
}

/** `details` over the example, member by member. */
function merged(example: Record<string, unknown>, details: Record<string, unknown>): Record<string, unknown> {
  const isRecord = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const members = Object.entries(details).map(([name, value]) => {
    const before = example[name];
    return [name, isRecord(before) && isRecord(value) ? merged(before, value) : value];
  });
  return { ...example, ...(Object.fromEntries(members) as Record<string, unknown>) };
}
