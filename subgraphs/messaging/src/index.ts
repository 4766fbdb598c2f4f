/** The messaging subgraph: channels, messages, projects, tickets and webhooks. */
import { printSubgraphSdl } from '@chat/kit/graphql/build-schema';
import { definition } from './definition';

export { messagingVariables, type MessagingConfig } from './config';
export { createMessaging } from './create-messaging';

/** The subgraph's SDL for composition. */
export const printSdl = (): string => printSubgraphSdl(definition);
