/** The identity subgraph: accounts, sessions, roles and everything about who may. */
import { printSubgraphSdl } from '@chat/kit/graphql/build-schema';
import { definition } from './definition';

export { identityVariables, type IdentityConfig } from './config';
export { createIdentity, type Identity } from './create-identity';

/** The subgraph's SDL as it goes into composition. */
export const printSdl = (): string => printSubgraphSdl(definition);
