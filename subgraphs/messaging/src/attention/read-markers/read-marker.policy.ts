/** Rules for read markers: only members have one. */
import { and, isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';
import { joinedChannel } from '../../channels/channel.policy';

export const readMarkerPolicy: Policy = {
  fields: {
    Mutation: {
      markRead: and(isLoggedIn, joinedChannel),
      markUnread: and(isLoggedIn, joinedChannel),
    },
    ViewerMembership: withParent('lastReadMessage'),
    ChannelMember: withParent('lastReadSeq', 'lastReadMessage'),
  },
  references: {},
};
