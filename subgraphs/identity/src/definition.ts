/** The subgraph's part of the graph: its resolvers, its references and who may. */
import type { SubgraphDefinition } from '@chat/kit/graphql/build-schema';
import { mergePolicies } from '@chat/kit/graphql/policy';
import { accountPolicy } from './accounts/account.policy';
import { AccountResolver } from './accounts/account.resolver';
import type { IdentityContext } from './context';
import { sessionPolicy } from './sessions/session.policy';
import { SessionResolver } from './sessions/session.resolver';
import { userPolicy } from './users/user.policy';
import { userReference } from './users/user.reference';
import { UserConnectionResolver, UserResolver } from './users/user.resolver';

export const definition: SubgraphDefinition<IdentityContext> = {
  name: 'identity',
  resolvers: [AccountResolver, SessionResolver, UserResolver, UserConnectionResolver],
  references: { User: userReference },
  policy: mergePolicies(accountPolicy, sessionPolicy, userPolicy),
};
