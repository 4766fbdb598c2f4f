/** Accounts: registration, log-in, guests, passwords, profiles, deactivation and deletion. */
import { daysAgo } from '@chat/kit/days-ago';
import type { AuditService } from '../audit/audit.service';
import type { IdentityFeature } from '../feature';
import type { InvitationService } from '../invitations/invitation.service';
import type { SessionService } from '../sessions/session.service';
import type { UserService } from '../users/user.service';
import { AccountCreator } from './account-creator';
import { accountPolicy } from './account.policy';
import { AccountResolver } from './account.resolver';
import { AccountService } from './account.service';
import { accountSettings } from './account.settings';
import { EmailConfirmationEntity } from './email-confirmation.entity';
import { CHANGE_MAIL_TASK, CLAIMED_MAIL_TASK, CONFIRMATION_MAIL_TASK, EmailService } from './email.service';
import { GuestService } from './guest.service';
import { PasswordResetEntity } from './password-reset.entity';
import { PasswordService, RESET_MAIL_TASK, WELCOME_MAIL_TASK } from './password.service';
import { ProfileResolver } from './profile.resolver';
import { ProfileService } from './profile.service';
import { StandingService } from './standing.service';

export const accountFeature: IdentityFeature<{
  needs: { audit: AuditService; invitations: InvitationService; sessions: SessionService; users: UserService };
  services: {
    accounts: AccountService;
    creator: AccountCreator;
    emails: EmailService;
    guests: GuestService;
    passwords: PasswordService;
    profiles: ProfileService;
    standing: StandingService;
  };
}> = {
  name: 'accounts',
  entities: [EmailConfirmationEntity, PasswordResetEntity],
  resolvers: [AccountResolver, ProfileResolver],
  policy: accountPolicy,
  settings: accountSettings,
  services(parts) {
    const { access, accountRows, config, definitions, hasher, services, settings } = parts;
    const { audit, sessions } = services;
    const deps = { ...parts, ...services, passwords: hasher };
    const publicUrl = config.PUBLIC_URL.replace(/\/$/, '');
    const passwords = new PasswordService({ ...deps, publicUrl });
    const emails = new EmailService({ ...deps, passwords, publicUrl });
    return {
      accounts: new AccountService({ ...deps, emails }),
      creator: new AccountCreator({
        ...deps,
        minPasswordLength: () => settings.get(definitions.passwordMinLength),
      }),
      emails,
      guests: new GuestService(sessions, access, audit, accountRows),
      passwords,
      profiles: new ProfileService(),
      standing: new StandingService(sessions, access, audit, accountRows),
    };
  },
  jobs: ({ fork, services: { emails, passwords } }) => ({
    tasks: {
      [WELCOME_MAIL_TASK]: (payload: { userId: string }) => passwords.mailWelcome(fork(), payload),
      [RESET_MAIL_TASK]: (payload: { emailKey: string }) => passwords.mailPasswordReset(fork(), payload),
      [CLAIMED_MAIL_TASK]: (payload: { userId: string }) => emails.mailClaimed(fork(), payload),
      [CHANGE_MAIL_TASK]: (payload: { userId: string; email: string }) => emails.mailChange(fork(), payload),
      [CONFIRMATION_MAIL_TASK]: (payload: { userId: string }) => emails.mailConfirmation(fork(), payload),
    },
  }),
  async removeExpired({ fork, settings, definitions, services: { guests } }) {
    const guestDays = settings.get(definitions.guestRetentionDays);
    if (guestDays > 0) await guests.removeGuests(fork(), daysAgo(guestDays));
    for (const table of ['password_resets', 'email_confirmations'])
      await fork().execute(`delete from identity.${table} where expires_at < now()`);
  },
  accountRows: ['password_resets', 'email_confirmations'].map((table) => ({ table, column: 'user_id' })),
};
