/** Accounts: registration, log-in, guests, passwords, profiles, deactivation and deletion. */
import { daysAgo } from '@chat/kit/days-ago';
import type { AuditService } from '../audit/audit.service';
import type { IdentityFeature } from '../feature';
import type { SessionService } from '../sessions/session.service';
import type { UserService } from '../users/user.service';
import { accountPolicy } from './account.policy';
import { AccountResolver } from './account.resolver';
import { AccountService } from './account.service';
import { accountSettings } from './account.settings';
import { GuestService } from './guest.service';
import { PasswordResetEntity } from './password-reset.entity';
import { PasswordService, RESET_MAIL_TASK } from './password.service';
import { ProfileResolver } from './profile.resolver';
import { ProfileService } from './profile.service';
import { StandingService } from './standing.service';

export const accountFeature: IdentityFeature<{
  needs: { audit: AuditService; sessions: SessionService; users: UserService };
  services: {
    accounts: AccountService;
    guests: GuestService;
    passwords: PasswordService;
    profiles: ProfileService;
    standing: StandingService;
  };
}> = {
  name: 'accounts',
  entities: [PasswordResetEntity],
  resolvers: [AccountResolver, ProfileResolver],
  policy: accountPolicy,
  settings: accountSettings,
  services(parts) {
    const { access, accountRows, config, hasher, services } = parts;
    const { audit, sessions } = services;
    const deps = { ...parts, ...services, passwords: hasher };
    return {
      accounts: new AccountService(deps),
      guests: new GuestService(sessions, access, audit, accountRows),
      passwords: new PasswordService({ ...deps, publicUrl: config.PUBLIC_URL.replace(/\/$/, '') }),
      profiles: new ProfileService(),
      standing: new StandingService(sessions, access, audit, accountRows),
    };
  },
  jobs: ({ fork, services: { passwords } }) => ({
    tasks: {
      [RESET_MAIL_TASK]: (payload: { emailKey: string }) => passwords.mailPasswordReset(fork(), payload),
    },
  }),
  async removeExpired({ fork, settings, definitions, services: { guests } }) {
    const guestDays = settings.get(definitions.guestRetentionDays);
    if (guestDays > 0) await guests.removeGuests(fork(), daysAgo(guestDays));
    await fork().execute('delete from identity.password_resets where expires_at < now()');
  },
  accountRows: [{ table: 'password_resets', column: 'user_id' }],
};
