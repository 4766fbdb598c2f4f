/** The live streams of a channel: its messages and its events. */
import type { MessagingFeature } from '../../feature';
import { channelEventResolvers } from './channel-event.resolver';
import { ChannelDeleted, HistoryGap, MessageDeleted } from './channel-event.type';
import { ChannelSubscriptionResolver } from './channel-subscription.resolver';

export const liveFeature: MessagingFeature = {
  name: 'live',
  resolvers: [ChannelSubscriptionResolver, ...channelEventResolvers],
  types: [MessageDeleted, ChannelDeleted, HistoryGap],
};
