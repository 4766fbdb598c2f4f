/** All features of the messaging subgraph. A feature comes after the features that it depends on. */
import { defineFeatures } from '@chat/kit/graphql/feature';
import { assistantFeature } from './assistant/assistant.feature';
import { questionFeature } from './assistant/questions/question.feature';
import { activityFeature } from './attention/activity/activity.feature';
import { inboxFeature } from './attention/inbox/inbox.feature';
import { mentionFeature } from './attention/mentions/mention.feature';
import { readMarkerFeature } from './attention/read-markers/read-marker.feature';
import { archivingFeature } from './channels/archiving/archiving.feature';
import { notificationsFeature } from './attention/notifications/notifications.feature';
import { channelFeature } from './channels/channel.feature';
import { liveFeature } from './channels/live/live.feature';
import { emotionFeature } from './emotion/emotion.feature';
import { incomingWebhookFeature } from './integrations/incoming-webhooks/incoming-webhook.feature';
import { webhookFeature } from './integrations/webhooks/webhook.feature';
import { draftFeature } from './messages/drafts/draft.feature';
import { messageFeature } from './messages/message.feature';
import { pinFeature } from './messages/pins/pin.feature';
import { reactionFeature } from './messages/reactions/reaction.feature';
import { scheduledMessageFeature } from './messages/scheduling/scheduled-message.feature';
import { searchFeature } from './messages/search/search.feature';
import { threadFeature } from './messages/threads/thread.feature';
import { moderationFeature } from './moderation/moderation.feature';
import { reportFeature } from './moderation/report.feature';
import { retentionFeature } from './moderation/retention/retention.feature';
import { userFeature } from './users/user.feature';
import { projectFeature } from './work/projects/project.feature';
import { ticketFeature } from './work/tickets/ticket.feature';

export const features = defineFeatures(
  userFeature,
  channelFeature,
  mentionFeature,
  questionFeature,
  messageFeature,
  archivingFeature,
  liveFeature,
  threadFeature,
  reactionFeature,
  emotionFeature,
  pinFeature,
  activityFeature,
  assistantFeature,
  readMarkerFeature,
  inboxFeature,
  notificationsFeature,
  draftFeature,
  scheduledMessageFeature,
  moderationFeature,
  reportFeature,
  searchFeature,
  projectFeature,
  ticketFeature,
  webhookFeature,
  incomingWebhookFeature,
  retentionFeature,
);
