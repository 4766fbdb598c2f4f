/** Access to incoming webhooks: moderators of their channel; administrators may see and delete them. */
import { notFound } from '@chat/kit/errors';
import { rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { MessagingContext } from '../../context';
import { createsWebhooks } from '../webhooks/webhook.policy';

const managesIncomingWebhook = rule<MessagingContext, { id: string }>(
  'manages the incoming webhook',
  async ({ loaders }, { id }) =>
    (await loaders.incomingWebhook.accessWebhook(id)) !== null || notFound('Incoming webhook'),
);

export const incomingWebhookPolicy: Policy = {
  fields: {
    Query: { incomingWebhooks: createsWebhooks },
    Mutation: { createIncomingWebhook: createsWebhooks, deleteIncomingWebhook: managesIncomingWebhook },
    IncomingWebhook: withParent('id', 'name', 'url', 'channel', 'creator', 'createdAt'),
  },
  references: {},
};
