/** The subgraph's part of the graph: its resolvers, its references and who may. */
import type { SubgraphDefinition } from '@chat/kit/graphql/build-schema';
import { mergePolicies } from '@chat/kit/graphql/policy';
import { channelPolicy } from './channels/channel.policy';
import { channelReference } from './channels/channel.reference';
import { ChannelResolver } from './channels/channel.resolver';
import type { MessagingContext } from './context';
import { channelEventResolvers } from './live/channel-event.resolver';
import { HistoryGap, MessageDeleted } from './live/channel-event.type';
import { ChannelSubscriptionResolver } from './live/channel-subscription.resolver';
import { messagePolicy } from './messages/message.policy';
import { messageReference } from './messages/message.reference';
import { ChannelMessagesResolver, MessageResolver } from './messages/message.resolver';
import { userPolicy } from './users/user.policy';

export const definition: SubgraphDefinition<MessagingContext> = {
  name: 'messaging',
  resolvers: [
    ChannelResolver,
    ChannelMessagesResolver,
    MessageResolver,
    ChannelSubscriptionResolver,
    ...channelEventResolvers,
  ],
  orphanedTypes: [MessageDeleted, HistoryGap],
  references: { Channel: channelReference, Message: messageReference },
  policy: mergePolicies(userPolicy, channelPolicy, messagePolicy),
};
