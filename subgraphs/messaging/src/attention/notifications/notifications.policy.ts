/** Rules for muting: members mute their own notifications. */
import { and, isLoggedIn, type Policy } from '@chat/kit/graphql/policy';
import { joinedChannel } from '../../channels/channel.policy';

const mutes = and(isLoggedIn, joinedChannel);

export const notificationsPolicy: Policy = {
  fields: { Mutation: { muteChannel: mutes, unmuteChannel: mutes } },
  references: {},
};
