/** What resolvers, rules and loaders of this subgraph get with every request. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import { unauthenticated } from '@chat/kit/errors';
import type { EventFeed } from '@chat/kit/events/event-feed';
import type { SubgraphContext } from '@chat/kit/graphql/context';
import type { Runtime } from '@chat/kit/graphql/runtime';
import type { ActivityBell } from './attention/activity/activity-bell';
import { grantedOnChannels } from './channels/channel.grants';
import type { ChannelOwners } from './channels/channel-owners';
import type { ChannelAccessReader } from './channels/channel-access.reader';
import { ChannelLoader } from './channels/channel.loader';
import type { ChannelService } from './channels/channel.service';
import { MemberListLoader } from './channels/member-list.loader';
import type { MemberService } from './channels/member.service';
import type { DraftService } from './messages/drafts/draft.service';
import { IncomingWebhookEntity } from './integrations/incoming-webhooks/incoming-webhook.entity';
import type { IncomingWebhookService } from './integrations/incoming-webhooks/incoming-webhook.service';
import type { InboxService } from './attention/inbox/inbox.service';
import { messageEditsLoader, type MessageEditsLoader } from './messages/message-edits.loader';
import type { TextReader } from './messages/formatting/text.reader';
import { storedTextLoader, type StoredTextLoader } from './messages/message-html.store';
import { MessageHistoryLoader } from './messages/message-history.loader';
import { MessageLoader } from './messages/message.loader';
import type { MessageSender } from './messages/message.sender';
import type { MessageService } from './messages/message.service';
import { ProjectLoader } from './work/projects/project.loader';
import type { ProjectService } from './work/projects/project.service';
import { TicketLoader } from './work/tickets/ticket.loader';
import type { TicketService } from './work/tickets/ticket.service';
import type { ModerationService } from './moderation/moderation.service';
import type { ReportService } from './moderation/report.service';
import { pinLoader, type PinLoader } from './messages/pins/pin.loader';
import type { PinService } from './messages/pins/pin.service';
import { ownReactionsLoader, type OwnReactionsLoader } from './messages/reactions/reaction.loader';
import type { ReactionService } from './messages/reactions/reaction.service';
import { messageAtLoader, type MessageAtLoader } from './attention/read-markers/message-at.loader';
import { unreadLoader, type UnreadLoader } from './attention/read-markers/unread.loader';
import type { ReadMarkerService } from './attention/read-markers/read-marker.service';
import type { ScheduledMessageService } from './messages/scheduling/scheduled-message.service';
import { WebhookEntity } from './integrations/webhooks/webhook.entity';
import { WebhookLoader } from './integrations/webhooks/webhook.loader';
import type { WebhookService } from './integrations/webhooks/webhook.service';

export interface MessagingServices {
  texts: TextReader;
  activity: ActivityBell;
  channelAccess: ChannelAccessReader;
  owners: ChannelOwners;
  drafts: DraftService;
  inbox: InboxService;
  moderation: ModerationService;
  pins: PinService;
  reactions: ReactionService;
  readMarkers: ReadMarkerService;
  reports: ReportService;
  scheduledMessages: ScheduledMessageService;
  sender: MessageSender;
  channels: ChannelService;
  members: MemberService;
  messages: MessageService;
  projects: ProjectService;
  tickets: TicketService;
  webhooks: WebhookService;
  incomingWebhooks: IncomingWebhookService;
}

export interface MessagingLoaders {
  text: StoredTextLoader;
  channel: ChannelLoader;
  members: MemberListLoader;
  message: MessageLoader;
  history: MessageHistoryLoader;
  pins: PinLoader;
  project: ProjectLoader;
  ticket: TicketLoader;
  webhook: WebhookLoader<WebhookEntity>;
  incomingWebhook: WebhookLoader<IncomingWebhookEntity>;
  edits: MessageEditsLoader;
  messageAt: MessageAtLoader;
  unread: UnreadLoader;
  ownReactions: OwnReactionsLoader;
}

export interface MessagingContext extends SubgraphContext {
  /** What accounts were granted on single resources, beyond this subgraph's own rules. */
  grants: Grants;
  services: MessagingServices;
  loaders: MessagingLoaders;
  feed: EventFeed;
}

/** The viewer of a field whose policy asks for a login. */
export function viewerOf({ viewer }: Pick<MessagingContext, 'viewer'>): Viewer {
  if (!viewer) throw unauthenticated();
  return viewer;
}

/** For SchemaService: one context per request or event. */
export function contextFactory({ database, feed, log }: Runtime, services: MessagingServices, grants: Grants) {
  return (viewer: Viewer | null): MessagingContext => {
    const em = database.fork();
    const channel = new ChannelLoader(services.channelAccess, viewer, () => grantedOnChannels(grants, viewer));
    const message = new MessageLoader(() => em, channel);
    const members = new MemberListLoader(() => em);
    const history = new MessageHistoryLoader(() => em);
    const pins = pinLoader(() => em);
    const project = new ProjectLoader(() => em, viewer, grants);
    const ticket = new TicketLoader(() => em, project);
    const edits = messageEditsLoader(() => em);
    const messageAt = messageAtLoader(() => em);
    const unread = unreadLoader(() => em);
    const ownReactions = ownReactionsLoader(() => em, viewer?.id ?? null);
    const webhook = new WebhookLoader(() => em, WebhookEntity, viewer, channel);
    const incomingWebhook = new WebhookLoader(() => em, IncomingWebhookEntity, viewer, channel);
    const text = storedTextLoader(() => em, services.texts);
    const loaders = {
      text,
      channel,
      members,
      message,
      history,
      pins,
      edits,
      messageAt,
      unread,
      ownReactions,
      project,
      ticket,
      webhook,
      incomingWebhook,
    };
    return { viewer, em, log, feed, grants, services, loaders };
  };
}
