/** Buttons and actions: everything that the feature brings to its subgraph. */
import type { CommandService } from '../commands/command.service';
import type { PluginsFeature } from '../feature';
import { buttonLoader, type ButtonLoader } from './action.loader';
import { actionPolicy } from './action.policy';
import { Message } from './action.type';
import { ActionResolver } from './action.resolver';
import { ActionService } from './action.service';
import type { Interactions } from './interaction.store';

export const actionFeature: PluginsFeature<{
  needs: { commands: CommandService };
  services: { actions: ActionService; interactions: Interactions };
  loaders: { buttons: ButtonLoader };
}> = {
  name: 'actions',
  resolvers: [ActionResolver],
  types: [Message],
  references: { Message: ({ id }: { id: string }) => ({ id }) },
  policy: actionPolicy,
  services: ({ directory, graph, interactions, runtime, services }) => ({
    interactions,
    actions: new ActionService(directory, runtime, graph, services.commands, interactions),
  }),
  loaders: ({ em }) => ({ buttons: buttonLoader(em) }),
};
