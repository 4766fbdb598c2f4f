/** The environment variables of the messaging subgraph, beyond those that every subgraph has. */
import { integerVariable } from '@chat/kit/config';
import { subgraphVariables } from '@chat/kit/graphql/runtime';
import { z } from 'zod';

export const messagingVariables = {
  ...subgraphVariables,
  MESSAGE_MAX_LENGTH: integerVariable(1, 100_000)
    .default(16_000)
    .describe('longest message, in characters (Unicode code points)'),
};

export type MessagingConfig = z.output<z.ZodObject<typeof messagingVariables>>;
