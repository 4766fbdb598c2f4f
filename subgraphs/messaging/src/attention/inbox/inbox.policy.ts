/** Rules for the inbox: accounts see their own. The message or channel of an event is loaded with the viewer's access. */
import { isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';

export const inboxPolicy: Policy = {
  fields: {
    Query: { inbox: isLoggedIn },
    Subscription: { inbox: isLoggedIn },
    Inbox: withParent('cursor', 'channels', 'mentions'),
    Mention: withParent('message', 'isUnread'),
    Mentioned: withParent('cursor', 'message'),
    DirectMessageReceived: withParent('cursor', 'message'),
    ChannelJoined: withParent('cursor', 'channel'),
    ChannelLeft: withParent('cursor', 'channelId'),
    NotificationsChanged: withParent('cursor', 'channel'),
    DraftChanged: withParent('cursor', 'channel'),
    UnreadChanged: withParent('cursor', 'channel', 'unreadCount', 'mentionCount'),
  },
  references: {},
};
