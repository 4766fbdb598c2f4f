/** Everybody has an inbox, and only their own. What an event is about is loaded by who may see it. */
import { isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';

export const inboxPolicy: Policy = {
  fields: {
    Subscription: { inbox: isLoggedIn },
    Mentioned: withParent('cursor', 'message'),
    DirectMessageReceived: withParent('cursor', 'message'),
    ChannelJoined: withParent('cursor', 'channel'),
    ChannelLeft: withParent('cursor', 'channelId'),
    UnreadChanged: withParent('cursor', 'channel', 'unreadCount', 'mentionCount'),
  },
  references: {},
};
