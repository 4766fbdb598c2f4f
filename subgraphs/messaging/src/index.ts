/** The messaging subgraph: channels, messages and everything that hangs on them. */
import { printSubgraphSdl } from '@chat/kit/graphql/build-schema';
import { definition } from './definition';

export { messagingVariables, type MessagingConfig } from './config';
export { createMessaging } from './create-messaging';

/** The subgraph's SDL as it goes into composition. */
export const printSdl = (): string => printSubgraphSdl(definition);
