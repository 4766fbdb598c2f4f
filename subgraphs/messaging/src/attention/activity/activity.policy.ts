/** Rules for activity: following a channel shows its activity; writing permission is required to show typing. */
import { and, isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';
import { followsChannel, mayWrite } from '../../channels/channel.policy';
import { writesInChannel } from '../../messages/message.policy';

export const activityPolicy: Policy = {
  fields: {
    Mutation: { setTyping: and(mayWrite, writesInChannel) },
    Subscription: { channelActivity: and(isLoggedIn, followsChannel) },
    TypingStarted: withParent('user'),
    ReadMarkerMoved: withParent('user', 'messageId', 'seq'),
    AssistantToken: withParent('messageId', 'offset', 'delta', 'done'),
  },
  references: {},
};
