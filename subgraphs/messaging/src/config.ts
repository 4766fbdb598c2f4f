/** Environment variables of the messaging subgraph, besides those that all subgraphs share. */
import { booleanVariable, integerVariable, listVariable } from '@chat/kit/config';
import { subgraphVariables } from '@chat/kit/graphql/runtime';
import { z } from 'zod';

export const messagingVariables = {
  ...subgraphVariables,
  MESSAGE_MAX_LENGTH: integerVariable(1, 100_000)
    .default(16_000)
    .describe('maximum length of a message, in characters (Unicode code points)'),
  MESSAGE_MAX_MENTIONS: integerVariable(1, 1000)
    .default(50)
    .describe('maximum number of different names that one message may mention'),
  MESSAGE_MAX_NOTIFIED: integerVariable(1, 100_000)
    .default(1000)
    .describe('maximum number of members that one message notifies by a group, @channel or @here'),
  EVENT_RETENTION_DAYS: integerVariable(1, 3650)
    .default(30)
    .describe('retention of events, days: subscriptions resume within this time; messages are not affected'),
  WEBHOOK_ALLOW_PRIVATE_ADDRESSES: booleanVariable()
    .default(false)
    .describe(
      'allow webhooks to private and loopback addresses; creators of webhooks can then reach the internal network',
    ),
  WEBHOOK_TIMEOUT_SECONDS: integerVariable(1, 300)
    .default(15)
    .describe('time limit for one webhook request, redirects included, seconds'),
  WEBHOOK_RETRY_SECONDS: listVariable()
    .transform((items) => items.map(Number))
    .pipe(z.array(z.number().int().min(0).max(604_800)))
    .default([5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400])
    .describe('pauses between the attempts of one delivery, seconds; the delivery fails after the last'),
  WEBHOOK_LOG_DAYS: integerVariable(1, 3650).default(30).describe('retention of finished deliveries in the log, days'),
  WEBHOOK_INCOMING_PER_MINUTE: integerVariable(1, 100_000)
    .default(60)
    .describe('maximum number of messages of one incoming webhook, per minute'),
};

export type MessagingConfig = z.output<z.ZodObject<typeof messagingVariables>>;
