/** The subgraph's part of the graph: its resolvers, its references and who may. */
import type { SubgraphDefinition } from '@chat/kit/graphql/build-schema';
import { mergePolicies } from '@chat/kit/graphql/policy';
import { accountPolicy } from './accounts/account.policy';
import { AccountResolver } from './accounts/account.resolver';
import { ProfileResolver } from './accounts/profile.resolver';
import { apiKeyPolicy } from './api-keys/api-key.policy';
import { ApiKeyResolver } from './api-keys/api-key.resolver';
import { auditPolicy } from './audit/audit.policy';
import { AuditResolver } from './audit/audit.resolver';
import type { IdentityContext } from './context';
import { customRolePolicy } from './custom-roles/custom-role.policy';
import { CustomRoleResolver } from './custom-roles/custom-role.resolver';
import { grantPolicy } from './grants/grant.policy';
import { GrantResolver } from './grants/grant.resolver';
import { groupPolicy } from './groups/group.policy';
import { GroupMemberConnectionResolver, GroupResolver } from './groups/group.resolver';
import { presencePolicy } from './presence/presence.policy';
import { PresenceResolver, UserPresenceResolver } from './presence/presence.resolver';
import { providerPolicy } from './providers/provider.policy';
import { ProviderResolver } from './providers/provider.resolver';
import { RoleResolver } from './roles/role.resolver';
import { sessionPolicy } from './sessions/session.policy';
import { SessionResolver, UserSessionResolver } from './sessions/session.resolver';
import { settingPolicy } from './settings/setting.policy';
import { SettingResolver } from './settings/setting.resolver';
import { userPolicy } from './users/user.policy';
import { userReference } from './users/user.reference';
import { UserConnectionResolver, UserResolver } from './users/user.resolver';

export const definition: SubgraphDefinition<IdentityContext> = {
  name: 'identity',
  resolvers: [
    AccountResolver,
    ApiKeyResolver,
    AuditResolver,
    CustomRoleResolver,
    GrantResolver,
    GroupMemberConnectionResolver,
    GroupResolver,
    ProfileResolver,
    PresenceResolver,
    ProviderResolver,
    RoleResolver,
    SessionResolver,
    SettingResolver,
    UserConnectionResolver,
    UserPresenceResolver,
    UserResolver,
    UserSessionResolver,
  ],
  references: {
    User: userReference,
    Group: ({ id }: { id: string }, { loaders }) => loaders.group.load(id),
  },
  policy: mergePolicies(
    accountPolicy,
    apiKeyPolicy,
    auditPolicy,
    customRolePolicy,
    grantPolicy,
    groupPolicy,
    presencePolicy,
    providerPolicy,
    sessionPolicy,
    settingPolicy,
    userPolicy,
  ),
};
