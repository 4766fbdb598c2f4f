/** The subgraphs of the single process. The rest of this package names only identity, for its administrator and its tokens. */
import { identityVariables } from '@chat/identity';
import { createMessaging, messagingVariables } from '@chat/messaging';

/** Environment variables of all subgraphs. */
export const subgraphVariables = {
  ...messagingVariables,
  ...identityVariables,
};

/** Composition roots of all subgraphs except identity. */
export const createSubgraphs = [createMessaging];
