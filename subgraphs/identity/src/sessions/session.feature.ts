/** Sessions: access and refresh tokens, and revocation. */
import { secretOf } from '@chat/kit/auth/derived-keys';
import { daysAgo } from '@chat/kit/days-ago';
import type { AuditService } from '../audit/audit.service';
import type { IdentityFeature } from '../feature';
import { activeAccounts } from './active-accounts';
import { SessionEntity } from './session.entity';
import { sessionPolicy } from './session.policy';
import { SessionResolver, UserSessionResolver } from './session.resolver';
import { SessionService } from './session.service';
import { Tokens } from './tokens';

/** Ended sessions are kept this long for the investigation of incidents, in days. */
const KEEP_ENDED_DAYS = 30;

export const sessionFeature: IdentityFeature<{
  needs: { audit: AuditService };
  services: { sessions: SessionService };
}> = {
  name: 'sessions',
  entities: [SessionEntity],
  resolvers: [SessionResolver, UserSessionResolver],
  policy: sessionPolicy,
  services: ({ access, config, services: { audit } }) => ({
    sessions: new SessionService(
      new Tokens(secretOf(config), config.ACCESS_TOKEN_LIFETIME_SECONDS),
      access,
      audit,
      config.REFRESH_TOKEN_LIFETIME_DAYS,
    ),
  }),
  gauges: ({ fork }) => [activeAccounts(fork)],
  async removeExpired({ fork }) {
    const before = daysAgo(KEEP_ENDED_DAYS);
    await fork().execute('delete from identity.sessions where revoked_at < ? or expires_at < ?', [before, before]);
  },
};
