/** Access to buttons and actions. Messaging decides about access to messages; the service asks it whether the viewer may write. */
import { isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';

export const actionPolicy: Policy = {
  fields: {
    Query: { interactionReplies: isLoggedIn },
    Mutation: { runAction: isLoggedIn },
    Message: withParent('id', 'buttons'),
    MessageButton: withParent('id', 'label', 'style'),
    ActionResult: withParent('text', 'visibility', 'messageId', 'form', 'token'),
    InteractionReply: withParent('text', 'at'),
  },
  references: { Message: isLoggedIn },
};
