/** The subgraphs that the one process is made of. Nothing else in this package names them, but for identity, which it asks for more. */
import { identityVariables } from '@chat/identity';
import { createMessaging, messagingVariables } from '@chat/messaging';

/** What any of them reads from its environment. */
export const subgraphVariables = {
  ...messagingVariables,
  ...identityVariables,
};

/** How those besides identity are made. */
export const createSubgraphs = [createMessaging];
