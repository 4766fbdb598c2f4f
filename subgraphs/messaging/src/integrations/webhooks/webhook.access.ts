/** Access to a delivery through its webhook. */
import type { MessagingContext } from '../../context';
import type { WebhookDeliveryEntity } from './webhook-delivery.entity';
import type { WebhookEntity } from './webhook.entity';

/** Null if it does not exist or the viewer may not manage its webhook. */
export async function accessDelivery(
  { em, loaders, services }: MessagingContext,
  id: string,
): Promise<{ webhook: WebhookEntity; delivery: WebhookDeliveryEntity } | null> {
  const delivery = await services.webhooks.findDelivery(em, id);
  const webhook = delivery && (await loaders.webhook.accessWebhook(delivery.webhookId));
  return webhook && { webhook, delivery };
}
