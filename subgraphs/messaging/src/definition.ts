/** The subgraph's part of the graph: its resolvers, its references and who may. */
import type { SubgraphDefinition } from '@chat/kit/graphql/build-schema';
import { mergePolicies } from '@chat/kit/graphql/policy';
import { channelPolicy } from './channels/channel.policy';
import { channelReference } from './channels/channel.reference';
import { ChannelResolver } from './channels/channel.resolver';
import type { MessagingContext } from './context';
import { channelEventResolvers } from './channels/live/channel-event.resolver';
import { HistoryGap, MessageDeleted } from './channels/live/channel-event.type';
import { ChannelSubscriptionResolver } from './channels/live/channel-subscription.resolver';
import { incomingWebhookPolicy } from './integrations/incoming-webhooks/incoming-webhook.policy';
import { IncomingWebhookResolver } from './integrations/incoming-webhooks/incoming-webhook.resolver';
import { messagePolicy } from './messages/message.policy';
import { messageReference } from './messages/message.reference';
import { ChannelMessagesResolver, MessageResolver } from './messages/message.resolver';
import { projectPolicy } from './work/projects/project.policy';
import { projectReference } from './work/projects/project.reference';
import { ProjectResolver } from './work/projects/project.resolver';
import { ticketPolicy } from './work/tickets/ticket.policy';
import { ticketReference } from './work/tickets/ticket.reference';
import {
  MessageTicketsResolver,
  ProjectTicketsResolver,
  TicketChangeResolver,
  TicketCommentResolver,
} from './work/tickets/ticket-parts.resolver';
import { TicketSubscriptionResolver } from './work/tickets/ticket-subscription.resolver';
import { TicketResolver } from './work/tickets/ticket.resolver';
import { activityPolicy } from './attention/activity/activity.policy';
import { ActivityResolver } from './attention/activity/activity.resolver';
import { draftPolicy } from './messages/drafts/draft.policy';
import { DraftResolver } from './messages/drafts/draft.resolver';
import { inboxPolicy } from './attention/inbox/inbox.policy';
import { inboxResolvers } from './attention/inbox/inbox.resolver';
import { ChannelLeft } from './attention/inbox/inbox.type';
import { moderationPolicy } from './moderation/moderation.policy';
import { ModerationResolver } from './moderation/moderation.resolver';
import { reportPolicy } from './moderation/report.policy';
import { ReportResolver } from './moderation/report.resolver';
import { pinPolicy } from './messages/pins/pin.policy';
import { PinResolver } from './messages/pins/pin.resolver';
import { reactionPolicy } from './messages/reactions/reaction.policy';
import { ReactionResolver } from './messages/reactions/reaction.resolver';
import { readMarkerPolicy } from './attention/read-markers/read-marker.policy';
import { ReadMarkerResolver } from './attention/read-markers/read-marker.resolver';
import { scheduledMessagePolicy } from './messages/scheduling/scheduled-message.policy';
import { ScheduledMessageResolver } from './messages/scheduling/scheduled-message.resolver';
import { searchPolicy } from './messages/search/search.policy';
import { SearchResolver } from './messages/search/search.resolver';
import { threadPolicy } from './messages/threads/thread.policy';
import { ThreadResolver } from './messages/threads/thread.resolver';
import { userPolicy } from './users/user.policy';
import { WebhookDisabledResolver } from './integrations/webhooks/webhook-disabled.resolver';
import { webhookPolicy } from './integrations/webhooks/webhook.policy';
import { WebhookResolver } from './integrations/webhooks/webhook.resolver';

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
