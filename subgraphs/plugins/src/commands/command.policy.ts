/** Access to commands. The service asks messaging whether the viewer may write in the channel. */
import { isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';

export const commandPolicy: Policy = {
  fields: {
    Query: { commands: isLoggedIn, completeCommand: isLoggedIn },
    Mutation: { runCommand: isLoggedIn },
    CommandResult: withParent('text', 'visibility', 'messageId'),
    AvailableCommand: withParent('name', 'description', 'hint', 'pluginName'),
  },
  references: {},
};
