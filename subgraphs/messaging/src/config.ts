/** The environment variables of the messaging subgraph, beyond those that every subgraph has. */
import { booleanVariable, integerVariable, listVariable } from '@chat/kit/config';
import { subgraphVariables } from '@chat/kit/graphql/runtime';
import { z } from 'zod';

export const messagingVariables = {
  ...subgraphVariables,
  MESSAGE_MAX_LENGTH: integerVariable(1, 100_000)
    .default(16_000)
    .describe('longest message, in characters (Unicode code points)'),
  MESSAGE_MAX_MENTIONS: integerVariable(1, 1000)
    .default(50)
    .describe('most different names that one message may mention'),
  MESSAGE_MAX_NOTIFIED: integerVariable(1, 100_000)
    .default(1000)
    .describe('most members that one message is brought to by a group, @channel or @here'),
  EVENT_RETENTION_DAYS: integerVariable(1, 3650)
    .default(30)
    .describe(
      'how long subscriptions can be resumed from, days: events older than that are forgotten, messages are not',
    ),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'where clients reach the gateway, such as https://chat.example.org; without it URLs are given without a host',
    ),
  WEBHOOK_ALLOW_PRIVATE_ADDRESSES: booleanVariable()
    .default(false)
    .describe(
      'webhooks may be sent to private and loopback addresses; then whoever creates one reaches into the network',
    ),
  WEBHOOK_TIMEOUT_SECONDS: integerVariable(1, 300)
    .default(15)
    .describe('longest wait for the receiver of a webhook, seconds, redirects included'),
  WEBHOOK_RETRY_SECONDS: listVariable()
    .transform((items) => items.map(Number))
    .pipe(z.array(z.number().int().min(0).max(604_800)))
    .default([5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400])
    .describe('pauses between the attempts at one delivery, seconds; after the last it is given up'),
  WEBHOOK_LOG_DAYS: integerVariable(1, 3650)
    .default(30)
    .describe('how long finished deliveries are kept in the log, days'),
  WEBHOOK_INCOMING_PER_MINUTE: integerVariable(1, 100_000)
    .default(60)
    .describe('messages that one incoming webhook may bring, per minute'),
};

export type MessagingConfig = z.output<z.ZodObject<typeof messagingVariables>>;
