/** Makes the services of all features and what they share. */
import { availableParallelism } from 'node:os';
import type { Grants } from '@chat/identity-client/access/grants';
import type { Runtime } from '@chat/kit/graphql/runtime';
import type { Jobs } from '@chat/kit/jobs/jobs';
import type { LiveSettings } from '@chat/identity-client/settings/live-settings';
import { AccessPublisher } from './access/access-publisher';
import { AccountService } from './accounts/account.service';
import { AttemptLimits } from './accounts/attempt-limits';
import { GuestService } from './accounts/guest.service';
import { PasswordService } from './accounts/password.service';
import { ProfileService } from './accounts/profile.service';
import { StandingService } from './accounts/standing.service';
import { ApiKeyService } from './api-keys/api-key.service';
import { AuditService } from './audit/audit.service';
import type { IdentityConfig } from './config';
import type { IdentityServices } from './context';
import { CustomRoleService } from './custom-roles/custom-role.service';
import { GrantService } from './grants/grant.service';
import { GroupService } from './groups/group.service';
import type { Mailer } from './mail/mailer';
import { PasswordHasher } from './passwords/password-hasher';
import { PresenceService } from './presence/presence.service';
import { AccountMatcher } from './providers/account-matcher';
import { ProviderService } from './providers/provider.service';
import { RoleService } from './roles/role.service';
import { SessionService } from './sessions/session.service';
import { Tokens } from './sessions/tokens';
import type { IdentitySettings } from './settings/definitions';
import { SettingService } from './settings/setting.service';
import { UserService } from './users/user.service';

export interface ServiceDeps {
  jobs: Jobs;
  settings: LiveSettings;
  definitions: IdentitySettings;
  grants: Grants;
  mailer: Mailer;
}

/** What has to be disposed goes onto `parts`. */
export function createServices(
  config: IdentityConfig,
  { database, redis, subscriber, log }: Runtime,
  deps: ServiceDeps,
  parts: AsyncDisposableStack,
): IdentityServices {
  const prefix = config.REDIS_PREFIX;
  const tokens = new Tokens(config.SECRET_KEY, config.ACCESS_TOKEN_LIFETIME_SECONDS);
  const accessLifetimeMs = config.ACCESS_TOKEN_LIFETIME_SECONDS * 1000;
  const access = parts.use(new AccessPublisher(redis, prefix, accessLifetimeMs, () => database.fork(), log));
  const passwords = parts.use(
    new PasswordHasher(config.BCRYPT_COST, config.PASSWORD_WORKERS || Math.max(1, availableParallelism() - 1)),
  );
  const limits = new AttemptLimits(redis, prefix, {
    perAccount: config.LOGIN_ATTEMPTS_PER_ACCOUNT,
    perAddress: config.LOGIN_ATTEMPTS_PER_ADDRESS,
    newPerAddress: config.NEW_ACCOUNTS_PER_ADDRESS,
  });
  const audit = new AuditService();
  const users = new UserService();
  const sessions = new SessionService(tokens, access, audit, config.REFRESH_TOKEN_LIFETIME_DAYS);
  const shared = { ...deps, sessions, passwords, limits, audit, access };
  return {
    accounts: new AccountService({ ...shared, users }),
    apiKeys: new ApiKeyService(access, audit),
    audit,
    customRoles: new CustomRoleService(access, audit),
    guests: new GuestService(sessions, access, audit),
    grants: new GrantService(access, audit, deps.grants),
    groups: new GroupService(access, audit),
    passwords: new PasswordService({ ...shared, publicUrl: config.PUBLIC_URL.replace(/\/$/, '') }),
    profiles: new ProfileService(),
    presence: parts.use(new PresenceService(redis, subscriber, prefix, log)),
    providers: new ProviderService(
      config.OIDC_PROVIDERS,
      new AccountMatcher(sessions, audit),
      sessions,
      access,
      limits,
      audit,
      log,
    ),
    roles: new RoleService(access, audit),
    sessions,
    settings: new SettingService(redis, prefix, Object.values(deps.definitions), deps.settings, audit, log),
    standing: new StandingService(sessions, access, audit),
    users,
  };
}
