/** Rules for the inbox: accounts see their own. The message or channel of an event is loaded with the viewer's access. */
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
