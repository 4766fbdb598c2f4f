/** Access to webhooks. A webhook that the viewer may not manage is NOT_FOUND, as if it did not exist. */
import { forbidden, notFound } from '@chat/kit/errors';
import { rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { MessagingContext } from '../../context';
import { canModerate } from '../../channels/channel.rules';
import { accessDelivery } from './webhook.access';
import { canManageWebhooks } from './webhook.rules';

type ChannelArguments = { channelId?: string | null; input?: { channelId?: string | null } };

/** Webhooks disclose the messages of a channel, so even administrators must moderate the channel to create one. */
export const createsWebhooks = rule<MessagingContext, ChannelArguments>(
  'moderates the channel of the webhook, or is an administrator if it has no channel',
  async ({ viewer, loaders }, args) => {
    const channelId = args.channelId ?? args.input?.channelId;
    if (channelId == null)
      return canManageWebhooks(viewer, null) || forbidden('Only administrators do this for the whole installation.');
    const access = await loaders.channel.accessChannel(channelId);
    if (!access) return notFound('Channel');
    return (
      (viewer!.permissions.includes('WRITE') && canModerate(access)) ||
      forbidden('Only owners and moderators of the channel may do this.')
    );
  },
);

/** A rule on the webhook in the arguments. */
const managesWebhook = rule<MessagingContext, { id: string }>(
  'manages the webhook',
  async ({ loaders }, { id }) => (await loaders.webhook.accessWebhook(id)) !== null || notFound('Webhook'),
);

/** A rule on the webhook of the delivery in the arguments. */
const managesWebhookOfDelivery = rule<MessagingContext, { id: string }>(
  'manages the webhook of the delivery',
  async (context, { id }) => (await accessDelivery(context, id)) !== null || notFound('Delivery'),
);

export const webhookPolicy: Policy = {
  fields: {
    Query: { webhook: managesWebhook, webhooks: createsWebhooks },
    Mutation: {
      createWebhook: createsWebhooks,
      deleteWebhook: managesWebhook,
      enableWebhook: managesWebhook,
      rotateWebhookSecret: managesWebhook,
      redeliverWebhookDelivery: managesWebhookOfDelivery,
    },
    Webhook: withParent(
      'id',
      'url',
      'events',
      'secret',
      'channel',
      'creator',
      'createdAt',
      'previousSecretUntil',
      'failingSince',
      'disabledAt',
      'disabledReason',
      'deliveries',
    ),
    WebhookDisabled: withParent('cursor', 'webhook', 'reason'),
    WebhookDelivery: withParent(
      'id',
      'event',
      'status',
      'attempts',
      'responseStatus',
      'error',
      'nextAttemptAt',
      'createdAt',
      'deliveredAt',
    ),
  },
  references: {},
};
