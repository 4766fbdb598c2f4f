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
import { incomingWebhookPolicy } from './incoming-webhooks/incoming-webhook.policy';
import { IncomingWebhookResolver } from './incoming-webhooks/incoming-webhook.resolver';
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
import { activityPolicy } from './activity/activity.policy';
import { ActivityResolver } from './activity/activity.resolver';
import { draftPolicy } from './drafts/draft.policy';
import { DraftResolver } from './drafts/draft.resolver';
import { inboxPolicy } from './inbox/inbox.policy';
import { inboxResolvers } from './inbox/inbox.resolver';
import { ChannelLeft } from './inbox/inbox.type';
import { moderationPolicy } from './moderation/moderation.policy';
import { ModerationResolver } from './moderation/moderation.resolver';
import { reportPolicy } from './moderation/report.policy';
import { ReportResolver } from './moderation/report.resolver';
import { pinPolicy } from './pins/pin.policy';
import { PinResolver } from './pins/pin.resolver';
import { reactionPolicy } from './reactions/reaction.policy';
import { ReactionResolver } from './reactions/reaction.resolver';
import { readMarkerPolicy } from './reading/read-marker.policy';
import { ReadMarkerResolver } from './reading/read-marker.resolver';
import { scheduledMessagePolicy } from './scheduling/scheduled-message.policy';
import { ScheduledMessageResolver } from './scheduling/scheduled-message.resolver';
import { searchPolicy } from './search/search.policy';
import { SearchResolver } from './search/search.resolver';
import { threadPolicy } from './threads/thread.policy';
import { ThreadResolver } from './threads/thread.resolver';
import { userPolicy } from './users/user.policy';
import { WebhookDisabledResolver } from './webhooks/webhook-disabled.resolver';
import { webhookPolicy } from './webhooks/webhook.policy';
import { WebhookResolver } from './webhooks/webhook.resolver';

export const definition: SubgraphDefinition<MessagingContext> = {
  name: 'messaging',
  resolvers: [
    ChannelResolver,
    ChannelMessagesResolver,
    MessageResolver,
    ChannelSubscriptionResolver,
    ...channelEventResolvers,
    ThreadResolver,
    ReactionResolver,
    PinResolver,
    ReadMarkerResolver,
    ...inboxResolvers,
    ActivityResolver,
    DraftResolver,
    ScheduledMessageResolver,
    ModerationResolver,
    ReportResolver,
    SearchResolver,
    ProjectResolver,
    ProjectTicketsResolver,
    TicketResolver,
    TicketCommentResolver,
    TicketChangeResolver,
    TicketSubscriptionResolver,
    MessageTicketsResolver,
    WebhookResolver,
    WebhookDisabledResolver,
    IncomingWebhookResolver,
  ],
  orphanedTypes: [MessageDeleted, HistoryGap, ChannelLeft],
  references: {
    Channel: channelReference,
    Message: messageReference,
    Project: projectReference,
    Ticket: ticketReference,
  },
  policy: mergePolicies(
    userPolicy,
    channelPolicy,
    messagePolicy,
    threadPolicy,
    reactionPolicy,
    pinPolicy,
    readMarkerPolicy,
    inboxPolicy,
    activityPolicy,
    draftPolicy,
    scheduledMessagePolicy,
    moderationPolicy,
    reportPolicy,
    searchPolicy,
    projectPolicy,
    ticketPolicy,
    webhookPolicy,
    incomingWebhookPolicy,
  ),
};
