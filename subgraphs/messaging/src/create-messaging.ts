/** Puts the messaging subgraph together and starts what runs in its background. */
import { watchAccessChanges, type AccessChange } from '@chat/identity-client/access/access-changes';
import { Grants } from '@chat/identity-client/access/grants';
import { buildSubgraph } from '@chat/kit/graphql/build-schema';
import { openRuntime } from '@chat/kit/graphql/runtime';
import { SchemaService } from '@chat/kit/graphql/schema-service';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { Jobs } from '@chat/kit/jobs/jobs';
import { ActivityBell } from './attention/activity/activity-bell';
import { AbsentAuthors } from './channels/absent-authors';
import { AccessNews, TELL_ACCESS } from './channels/access-news';
import { ChannelOwners } from './channels/channel-owners';
import { ChannelAccessReader } from './channels/channel-access.reader';
import { ChannelService } from './channels/channel.service';
import { MemberService } from './channels/member.service';
import type { MessagingConfig } from './config';
import { contextFactory } from './context';
import { definition } from './definition';
import { DraftService } from './messages/drafts/draft.service';
import { InboxService } from './attention/inbox/inbox.service';
import { IncomingWebhookEntity } from './integrations/incoming-webhooks/incoming-webhook.entity';
import { IncomingWebhookHttp } from './integrations/incoming-webhooks/incoming-webhook.http';
import { IncomingWebhookLimiter } from './integrations/incoming-webhooks/incoming-webhook.limiter';
import { IncomingWebhookService } from './integrations/incoming-webhooks/incoming-webhook.service';
import { MentionService } from './attention/mentions/mention.service';
import { OnlinePeople } from './attention/mentions/online-people';
import { TextReader } from './messages/formatting/text.reader';
import { MessageHtmlBackfill, STORE_HTML } from './messages/message-html.backfill';
import { MessageSender } from './messages/message.sender';
import { MessageService } from './messages/message.service';
import { MessageWriter } from './messages/message.writer';
import { migrations } from './migrations';
import { ModerationService } from './moderation/moderation.service';
import { ReportService } from './moderation/report.service';
import { PinService } from './messages/pins/pin.service';
import { projectEntities, ProjectService } from './work/projects/project.service';
import { ReactionService } from './messages/reactions/reaction.service';
import { ReadMarkerService } from './attention/read-markers/read-marker.service';
import { REMOVE_EXPIRED, RetentionService } from './moderation/retention/retention.service';
import { ScheduledMessageService, SEND_SCHEDULED } from './messages/scheduling/scheduled-message.service';
import { ticketEntities, TicketService } from './work/tickets/ticket.service';
import { addressRule } from './integrations/webhooks/public-address';
import { WebhookCreators } from './integrations/webhooks/webhook.creators';
import { webhookEntities, WebhookService } from './integrations/webhooks/webhook.service';
import { WebhookWorker } from './integrations/webhooks/webhook.worker';

export async function createMessaging(config: MessagingConfig): Promise<Subgraph> {
  await using parts = new AsyncDisposableStack();
  const runtime = parts.use(
    await openRuntime(config, {
      name: definition.name,
      entities: [...projectEntities, ...ticketEntities, ...webhookEntities, IncomingWebhookEntity],
      migrations,
    }),
  );
  const { database, redis, bell, feed, eventLog, viewerHeader, log, subscriber } = runtime;

  const fork = () => database.fork();
  const channelAccess = new ChannelAccessReader(fork);
  const grants = new Grants(fork);
  const owners = parts.use(new ChannelOwners(fork, eventLog, log));
  const onAccessChange = ({ userId, isOut }: AccessChange) => {
    grants.forget(userId);
    if (userId === undefined || isOut) owners.look(userId);
  };
  parts.defer(watchAccessChanges(subscriber, onAccessChange, config.REDIS_PREFIX));
  const authors = new AbsentAuthors(channelAccess, grants);
  // Before the jobs that use it, as it ends after them.
  const texts = parts.use(new TextReader());
  const jobs = parts.use(new Jobs(definition.name, database, log));
  const news = parts.use(new AccessNews(redis, config.REDIS_PREFIX, fork, log));
  const activity = new ActivityBell(bell, log);
  const mentions = new MentionService(fork, new OnlinePeople(redis, config.REDIS_PREFIX), {
    maxNames: config.MESSAGE_MAX_MENTIONS,
    maxNotified: config.MESSAGE_MAX_NOTIFIED,
  });
  const sender = new MessageSender(
    texts,
    new MessageWriter(fork, eventLog),
    mentions,
    channelAccess,
    config.MESSAGE_MAX_LENGTH,
  );
  const messages = new MessageService(texts, eventLog, mentions, config.MESSAGE_MAX_LENGTH);
  const html = new MessageHtmlBackfill(jobs, texts, mentions, fork, log);
  const members = new MemberService(eventLog, news, owners);
  const moderation = new ModerationService(eventLog, members, news, owners);
  const scheduledMessages = new ScheduledMessageService(jobs, sender, authors, fork);
  const retention = new RetentionService(eventLog, jobs, fork, log, config.EVENT_RETENTION_DAYS);

  const creators = new WebhookCreators(authors, eventLog);
  const webhookWorker = parts.use(new WebhookWorker({ config, database, eventLog, creators, log }));
  const incomingWebhooks = new IncomingWebhookService(config.PUBLIC_URL);
  const incomingWebhookHttp = new IncomingWebhookHttp(
    fork,
    incomingWebhooks,
    sender,
    authors,
    new IncomingWebhookLimiter(redis, config.REDIS_PREFIX, config.WEBHOOK_INCOMING_PER_MINUTE),
    config.MESSAGE_MAX_LENGTH,
    log,
  );

  const services = {
    texts,
    incomingWebhooks,
    webhooks: new WebhookService(
      config.SECRET_KEY,
      addressRule(config.WEBHOOK_ALLOW_PRIVATE_ADDRESSES),
      creators,
      (tx, delivery) => webhookWorker.attempt(tx, delivery),
    ),
    activity,
    channelAccess,
    owners,
    sender,
    messages,
    members,
    moderation,
    scheduledMessages,
    channels: new ChannelService(eventLog, news),
    reactions: new ReactionService(eventLog),
    pins: new PinService(eventLog),
    readMarkers: new ReadMarkerService(eventLog, activity),
    inbox: new InboxService(feed, bell),
    drafts: new DraftService(config.MESSAGE_MAX_LENGTH),
    reports: new ReportService(eventLog, messages, moderation),
    projects: new ProjectService(),
    tickets: new TicketService(eventLog),
  };

  const tasks = {
    [SEND_SCHEDULED]: scheduledMessages.send,
    [REMOVE_EXPIRED]: retention.removeExpired,
    [TELL_ACCESS]: news.tellAgain,
    [STORE_HTML]: html.store,
  };

  const service = new SchemaService({
    schema: buildSubgraph(definition),
    viewerHeader,
    health: () => runtime.health(),
    createContext: contextFactory(runtime, services, grants),
    log,
  });

  const running = parts.move();
  return {
    name: definition.name,
    service,
    async ready() {
      await database.ready(() => jobs.migrate());
      if (running.disposed) return;
      await jobs.start(tasks, { cron: [`30 3 * * * ${REMOVE_EXPIRED}`] });
      await html.begin();
      await webhookWorker.start();
    },
    health: () => runtime.health(),
    handleHttp: incomingWebhookHttp.handle,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
