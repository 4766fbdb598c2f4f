/** Environment variables of the messaging subgraph, besides those that all subgraphs share. */
import { booleanVariable, integerVariable, listVariable } from '@chat/kit/config';
import { subgraphVariables } from '@chat/kit/graphql/runtime';
import { languageModelVariables } from '@chat/kit/language-models/settings';
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
  MESSAGE_CHECK_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'plugins subgraph, http://host:port: its plugins may refuse or change messages; needed only if it runs in another process',
    ),
  KNOWLEDGE_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'knowledge subgraph, http://host:port: Elyza looks up its wiki and dictionary; needed only if it runs in another process',
    ),
  PLUGIN_HOOK_MS: integerVariable(1, 10_000)
    .default(50)
    .describe('time for the before-hooks of all plugins together, milliseconds'),
  PLUGIN_HOOK_FAILURE: z
    .enum(['open', 'closed'])
    .default('open')
    .describe('a message whose before-hooks fail or are late is sent (open) or refused (closed)'),
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
  ...languageModelVariables,
  ENABLE_ELYZA_FALLBACK: booleanVariable()
    .default(true)
    .describe('whether Elyza, who needs neither network nor model, is one of AI_PROVIDERS'),
  ELYZA_SCRIPTS: z
    .string()
    .optional()
    .describe('folder with elyza.de.txt, elyza.en.txt, help.de.txt and help.en.txt, which replace the files of Elyza'),
  AI_PROMPT_TOKENS: integerVariable(100, 1_000_000)
    .default(3000)
    .describe('the longest prompt, in estimated tokens: the question and the messages before it'),
  AI_ANSWER_TOKENS: integerVariable(10, 100_000)
    .default(1000)
    .describe('the longest answer, in tokens of the provider'),
  AI_CONCURRENT_ANSWERS: integerVariable(1, 1000)
    .default(8)
    .describe('answers that one process gives at the same time; further questions wait'),
  AI_QUESTIONS_PER_MINUTE: integerVariable(1, 100_000)
    .default(20)
    .describe('maximum number of questions of one account to the assistant, per minute'),
  AI_CHANNEL_QUESTIONS_PER_MINUTE: integerVariable(1, 100_000)
    .default(60)
    .describe('maximum number of questions to the assistant in one channel, per minute'),
};

export type MessagingConfig = z.output<z.ZodObject<typeof messagingVariables>>;
