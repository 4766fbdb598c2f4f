/** Runs the actions of buttons. Asks messaging whether the viewer may write in the channel of the message. */
import type { Viewer } from '@chat/kit/auth/viewer';
import { badUserInput, notFound } from '@chat/kit/errors';
import { newId } from '@chat/kit/ids';
import { requireWriter } from '../commands/channel.access';
import { replyOf } from '../commands/command.reply';
import { REPLY_MS, type CommandService } from '../commands/command.service';
import type { GraphClient } from '../graph/graph.client';
import type { PluginDirectory } from '../registry/plugin.directory';
import type { PluginRuntime } from '../registry/plugin.runtime';
import { form } from './action.form';
import type { Interactive } from './action.loader';
import type { RunActionInput, ActionResult } from './action.type';
import type { Interactions } from './interaction.store';

const MAX_VALUES = 20_000;

export class ActionService {
  constructor(
    private readonly directory: PluginDirectory,
    private readonly runtime: PluginRuntime,
    private readonly graph: GraphClient,
    private readonly commands: CommandService,
    private readonly interactions: Interactions,
  ) {}

  /** @throws NOT_FOUND on the message or button; FORBIDDEN; TIMEOUT if the plugin does not answer within 3 s */
  async runAction(viewer: Viewer, found: Interactive | null, input: RunActionInput): Promise<ActionResult> {
    if (!found) throw notFound('Message');
    const { channelId, messageId, pluginId, buttons } = found;
    await requireWriter(this.graph, viewer, channelId);
    const button = buttons.find(({ id }) => id === input.actionId);
    const plugin = await this.directory.find(pluginId);
    if (!button || !plugin) throw notFound('The action');
    const values = input.values ?? null;
    if (JSON.stringify(values).length > MAX_VALUES) throw badUserInput({ values: 'values is too large.' });
    const token = await this.interactions.open(pluginId, viewer.id, channelId, messageId);
    const invocation = { depth: 0, key: newId() };
    const argument = {
      id: button.id,
      value: button.value,
      values,
      messageId,
      channelId,
      user: { id: viewer.id },
      token,
    };
    const action = button.id.split(/[-_]/)[0]!;
    const result = await this.runtime.call(plugin, ['actions', action], argument, invocation, { totalMs: REPLY_MS });
    const asked = form.safeParse(result.value).data;
    const answer = asked ? { ...result, value: null } : result;
    const delivered = await this.commands.deliver(plugin, invocation, channelId, replyOf(answer, button.label));
    return { ...delivered, form: asked?.form ?? null, token };
  }
}
