/** Public interface of the identity subgraph: accounts, sessions, roles, permissions and the audit log. */
import { printSubgraphSdl } from '@chat/kit/graphql/build-schema';
import { definition } from './definition';

export { identityVariables, type IdentityConfig } from './config';
export { createIdentity, type Identity } from './create-identity';

/** The subgraph's SDL for composition. */
export const printSdl = (): string => printSubgraphSdl(definition);
