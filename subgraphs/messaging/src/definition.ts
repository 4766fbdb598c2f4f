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
import { projectPolicy } from './projects/project.policy';
import { projectReference } from './projects/project.reference';
import { ProjectResolver } from './projects/project.resolver';
import { ticketPolicy } from './tickets/ticket.policy';
import { ticketReference } from './tickets/ticket.reference';
import {
  MessageTicketsResolver,
  ProjectTicketsResolver,
  TicketChangeResolver,
  TicketCommentResolver,
} from './tickets/ticket-parts.resolver';
import { TicketSubscriptionResolver } from './tickets/ticket-subscription.resolver';
import { TicketResolver } from './tickets/ticket.resolver';
import { userPolicy } from './users/user.policy';

export const definition: SubgraphDefinition<MessagingContext> = {
  name: 'messaging',
  resolvers: [
    ChannelResolver,
    ChannelMessagesResolver,
    MessageResolver,
    ChannelSubscriptionResolver,
    ...channelEventResolvers,
    ProjectResolver,
    ProjectTicketsResolver,
    TicketResolver,
    TicketCommentResolver,
    TicketChangeResolver,
    TicketSubscriptionResolver,
    MessageTicketsResolver,
  ],
  orphanedTypes: [MessageDeleted, HistoryGap],
  references: {
    Channel: channelReference,
    Message: messageReference,
    Project: projectReference,
    Ticket: ticketReference,
  },
  policy: mergePolicies(userPolicy, channelPolicy, messagePolicy, projectPolicy, ticketPolicy),
};
