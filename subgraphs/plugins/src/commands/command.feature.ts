/** Commands: everything that the feature brings to its subgraph. */
import type { PluginsFeature } from '../feature';
import { commandPolicy } from './command.policy';
import { CommandResolver } from './command.resolver';
import { CommandService } from './command.service';

export const commandFeature: PluginsFeature<{ services: { commands: CommandService } }> = {
  name: 'commands',
  resolvers: [CommandResolver],
  policy: commandPolicy,
  services: ({ directory, graph, messages, runtime }) => ({
    commands: new CommandService(directory, runtime, graph, messages),
  }),
};
