/** Incoming webhooks: programs post to a channel through a secret URL. */
import type { AbsentAuthors } from '../../channels/absent-authors';
import type { ChannelLoader } from '../../channels/channel.loader';
import type { MessagingFeature } from '../../feature';
import type { MessageSender } from '../../messages/message.sender';
import { WebhookLoader } from '../webhooks/webhook.loader';
import { IncomingWebhookEntity } from './incoming-webhook.entity';
import { IncomingWebhookHttp } from './incoming-webhook.http';
import { IncomingWebhookLimiter } from './incoming-webhook.limiter';
import { incomingWebhookPolicy } from './incoming-webhook.policy';
import { IncomingWebhookResolver } from './incoming-webhook.resolver';
import { IncomingWebhookService } from './incoming-webhook.service';

export const incomingWebhookFeature: MessagingFeature<{
  needs: { sender: MessageSender; absentAuthors: AbsentAuthors };
  needsLoaders: { channel: ChannelLoader };
  services: { incomingWebhooks: IncomingWebhookService };
  loaders: { incomingWebhook: WebhookLoader<IncomingWebhookEntity> };
}> = {
  name: 'incoming-webhooks',
  entities: [IncomingWebhookEntity],
  resolvers: [IncomingWebhookResolver],
  policy: incomingWebhookPolicy,
  services: ({ config }) => ({ incomingWebhooks: new IncomingWebhookService(config.PUBLIC_URL) }),
  loaders: ({ em, viewer, loaders }) => ({
    incomingWebhook: new WebhookLoader(em, IncomingWebhookEntity, viewer, loaders.channel),
  }),
  http: ({ config, fork, log, redis, services: { incomingWebhooks, sender, absentAuthors } }) =>
    new IncomingWebhookHttp(
      fork,
      incomingWebhooks,
      sender,
      absentAuthors,
      new IncomingWebhookLimiter(redis, config.REDIS_PREFIX, config.WEBHOOK_INCOMING_PER_MINUTE),
      config.MESSAGE_MAX_LENGTH,
      log,
    ).handle,
};
