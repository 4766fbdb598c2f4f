/** Log-in by OpenID Connect providers. */
import type { AuditService } from '../audit/audit.service';
import type { IdentityFeature } from '../feature';
import type { SessionService } from '../sessions/session.service';
import { AccountMatcher } from './account-matcher';
import { ProviderAccountEntity } from './provider-account.entity';
import { ProviderLoginEntity } from './provider-login.entity';
import { providerPolicy } from './provider.policy';
import { ProviderResolver } from './provider.resolver';
import { ProviderService } from './provider.service';

export const providerFeature: IdentityFeature<{
  needs: { audit: AuditService; sessions: SessionService };
  services: { providers: ProviderService };
}> = {
  name: 'providers',
  entities: [ProviderAccountEntity, ProviderLoginEntity],
  resolvers: [ProviderResolver],
  policy: providerPolicy,
  services: ({ access, config, limits, log, services: { audit, sessions } }) => ({
    providers: new ProviderService(
      config.OIDC_PROVIDERS,
      new AccountMatcher(sessions, audit),
      sessions,
      access,
      limits,
      audit,
      log,
    ),
  }),
  async removeExpired({ fork }) {
    await fork().execute('delete from identity.provider_logins where expires_at < now()');
  },
  accountRows: [{ table: 'provider_accounts', column: 'user_id' }],
};
