/** Outgoing webhooks: a worker with its own job runner delivers events of channels and projects in order. */
import { secretOf } from '@chat/kit/auth/derived-keys';
import type { AbsentAuthors } from '../../channels/absent-authors';
import type { ChannelLoader } from '../../channels/channel.loader';
import type { MessagingFeature } from '../../feature';
import { addressRule } from '@chat/kit/outbound/public-address';
import { WebhookCreators } from './webhook.creators';
import { WebhookDisabledResolver } from './webhook-disabled.resolver';
import { WebhookEntity } from './webhook.entity';
import { WebhookLoader } from './webhook.loader';
import { webhookEvents } from './webhook.events';
import { webhookPolicy } from './webhook.policy';
import { WebhookResolver } from './webhook.resolver';
import { webhookEntities, WebhookService } from './webhook.service';
import { WebhookWorker } from './webhook.worker';

export const webhookFeature: MessagingFeature<{
  needs: { absentAuthors: AbsentAuthors };
  needsLoaders: { channel: ChannelLoader };
  services: { webhooks: WebhookService; webhookWorker: WebhookWorker };
  loaders: { webhook: WebhookLoader<WebhookEntity> };
}> = {
  name: 'webhooks',
  entities: webhookEntities,
  resolvers: [WebhookResolver, WebhookDisabledResolver],
  policy: webhookPolicy,
  services({ config, database, disposal, eventLog, log, services, streams }) {
    const creators = new WebhookCreators(services.absentAuthors, eventLog);
    const webhookWorker = disposal.use(new WebhookWorker({ config, database, eventLog, creators, log }));
    const isAllowed = addressRule(config.WEBHOOK_ALLOW_PRIVATE_ADDRESSES);
    return {
      webhookWorker,
      webhooks: new WebhookService(secretOf(config), isAllowed, webhookEvents(streams), creators, (tx, delivery) =>
        webhookWorker.attempt(tx, delivery),
      ),
    };
  },
  loaders: ({ em, viewer, loaders }) => ({ webhook: new WebhookLoader(em, WebhookEntity, viewer, loaders.channel) }),
  gauges: ({ services }) => services.webhookWorker.gauges(),
  start: ({ services }) => services.webhookWorker.start(),
};
