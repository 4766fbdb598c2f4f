/** What resolvers, rules and loaders of this subgraph get with every request. */
import { clientFrom, type Client } from '@chat/kit/auth/client';
import type { Grants } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { SubgraphContext } from '@chat/kit/graphql/context';
import type { Runtime } from '@chat/kit/graphql/runtime';
import type { AccountService } from './accounts/account.service';
import type { GuestService } from './accounts/guest.service';
import type { PasswordService } from './accounts/password.service';
import type { ProfileService } from './accounts/profile.service';
import type { StandingService } from './accounts/standing.service';
import type { ApiKeyService } from './api-keys/api-key.service';
import type { AuditService } from './audit/audit.service';
import type { CustomRoleService } from './custom-roles/custom-role.service';
import type { GrantService } from './grants/grant.service';
import { groupLoader, type GroupLoader } from './groups/group.loader';
import type { GroupService } from './groups/group.service';
import type { PresenceService } from './presence/presence.service';
import type { ProviderService } from './providers/provider.service';
import { customPermissionLoader, type CustomPermissionLoader } from './roles/role.loader';
import type { RoleService } from './roles/role.service';
import type { OpenSession, SessionService } from './sessions/session.service';
import type { SettingService } from './settings/setting.service';
import { userLoader, type UserLoader } from './users/user.loader';
import type { UserService } from './users/user.service';

export interface IdentityServices {
  accounts: AccountService;
  apiKeys: ApiKeyService;
  audit: AuditService;
  customRoles: CustomRoleService;
  grants: GrantService;
  groups: GroupService;
  guests: GuestService;
  passwords: PasswordService;
  profiles: ProfileService;
  presence: PresenceService;
  providers: ProviderService;
  roles: RoleService;
  sessions: SessionService;
  settings: SettingService;
  standing: StandingService;
  users: UserService;
}

export interface IdentityLoaders {
  user: UserLoader;
  group: GroupLoader;
  customPermissions: CustomPermissionLoader;
}

export interface IdentityContext extends SubgraphContext {
  client: Client;
  grants: Grants;
  services: IdentityServices;
  loaders: IdentityLoaders;
  /** Makes the rest of this request the one of whoever has just logged in, so that it may read what is its own. */
  enter(session: OpenSession): OpenSession;
}

/** For {@link SchemaService}: one context per request. */
export function contextFactory(runtime: Runtime, grants: Grants, services: IdentityServices) {
  return (viewer: Viewer | null, headers: Record<string, string>): IdentityContext => {
    const em = runtime.database.fork();
    const manager = () => em;
    const context: IdentityContext = {
      viewer,
      em,
      log: runtime.log,
      client: clientFrom(headers),
      grants,
      services,
      loaders: {
        user: userLoader(manager),
        group: groupLoader(manager),
        customPermissions: customPermissionLoader(manager),
      },
      enter(session) {
        context.viewer = session.viewer;
        return session;
      },
    };
    return context;
  };
}
