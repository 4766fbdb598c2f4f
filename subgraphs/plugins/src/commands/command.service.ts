/** Runs the commands of plugins. command.policy.ts checks permission before. */
import type { Viewer } from '@chat/kit/auth/viewer';
import { badUserInput, forbidden, notFound } from '@chat/kit/errors';
import { newId } from '@chat/kit/ids';
import type { PluginMessages } from '../api/plugin.messages';
import type { GraphClient } from '../graph/graph.client';
import { isGranted, type Plugin } from '../registry/plugin';
import type { PluginDirectory } from '../registry/plugin.directory';
import type { Invocation } from '../registry/invocation';
import type { PluginRuntime } from '../registry/plugin.runtime';
import { requireWriter } from './channel.access';
import { readCommand } from './command.line';
import { replyOf, type Reply } from './command.reply';
import { CommandVisibility, type AvailableCommand, type CommandResult } from './command.type';

/** Deadline for a reply, in milliseconds. */
export const REPLY_MS = 3_000;

const MAX_COMPLETIONS = 25;

export class CommandService {
  constructor(
    private readonly directory: PluginDirectory,
    private readonly runtime: PluginRuntime,
    private readonly graph: GraphClient,
    private readonly messages: PluginMessages,
  ) {}

  async commands(): Promise<AvailableCommand[]> {
    const plugins = await this.directory.enabled();
    return plugins
      .flatMap(({ name: pluginName, manifest }) => manifest.commands.map((command) => ({ ...command, pluginName })))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws BAD_USER_INPUT; NOT_FOUND on the channel or command; FORBIDDEN; TIMEOUT if the plugin is late */
  async runCommand(viewer: Viewer, channelId: string, text: string): Promise<CommandResult> {
    const { plugin, name, rest } = await this.parse(text);
    await requireWriter(this.graph, viewer, channelId);
    const invocation: Invocation = { depth: 0, key: newId() };
    const argument = { name, text: rest, channelId, user: { id: viewer.id } };
    const result = await this.runtime.call(plugin, ['commands', name], argument, invocation, { totalMs: REPLY_MS });
    return this.deliver(plugin, invocation, channelId, replyOf(result, `/${name}`));
  }

  /** Ways to complete what was typed: names of commands, or what the plugin proposes for the arguments. */
  async completeCommand(viewer: Viewer, channelId: string, text: string): Promise<string[]> {
    const [, typed = ''] = /^\/([a-z0-9-]*)$/.exec(text) ?? [];
    if (/^\/[a-z0-9-]*$/.test(text))
      return (await this.commands())
        .filter(({ name }) => name.startsWith(typed))
        .slice(0, MAX_COMPLETIONS)
        .map(({ name }) => `/${name} `);
    const { plugin, name, rest } = await this.parse(text);
    await requireWriter(this.graph, viewer, channelId);
    const argument = { name, text: rest, channelId, user: { id: viewer.id } };
    const { end, value } = await this.runtime.call(
      plugin,
      ['completions', name],
      argument,
      { depth: 0 },
      { totalMs: 500 },
    );
    if (end !== 'returned' || !Array.isArray(value)) return [];
    return value
      .filter((item): item is string => typeof item === 'string' && item.length <= 1_000)
      .slice(0, MAX_COMPLETIONS)
      .map((item) => `/${name} ${item}`);
  }

  /** Sends a reply to its readers. */
  async deliver(
    plugin: Plugin,
    invocation: Invocation,
    channelId: string,
    { text, visibility, buttons }: Reply,
  ): Promise<CommandResult> {
    if (visibility === 'private') return { text, visibility: CommandVisibility.PRIVATE, messageId: null };
    if (!isGranted(plugin, 'messages:send'))
      throw forbidden(`The plugin ${plugin.name} was not granted messages:send.`);
    const { id } = await this.messages.send(plugin, invocation, { channelId, text, buttons });
    return { text, visibility: CommandVisibility.CHANNEL, messageId: id };
  }

  private async parse(text: string): Promise<{ plugin: Plugin; name: string; rest: string }> {
    const command = readCommand(text);
    if (!command) throw badUserInput({ text: 'text must begin with a slash and the name of a command.' });
    const { name, text: rest } = command;
    const plugins = await this.directory.enabled();
    const plugin = plugins.find(({ manifest }) => manifest.commands.some((known) => known.name === name));
    if (!plugin) throw notFound(`The command /${name}`);
    return { plugin, name, rest };
  }
}
