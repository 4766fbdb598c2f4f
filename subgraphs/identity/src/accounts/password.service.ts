/** Changes passwords, authorised by the old password or by a mailed token. Both end other sessions; a mailed token also revokes API keys. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import type { Jobs } from '@chat/kit/jobs/jobs';
import type { LiveSettings } from '@chat/identity-client/settings/live-settings';
import { createHash, randomBytes } from 'node:crypto';
import type { AccessNews } from '../access/access-news';
import { revokeKeysOf } from '../api-keys/revoke-keys';
import type { AuditService } from '../audit/audit.service';
import type { Mailer } from '../mail/mailer';
import type { PasswordHasher } from '../passwords/password-hasher';
import { passwordProblem } from '../passwords/password-rules';
import type { SessionService } from '../sessions/session.service';
import type { IdentitySettings } from '../feature';
import { deliverableAddress, emailKey, isMailAddress } from '../users/mail-address';
import { UserEntity } from '../users/user.entity';
import type { ChangePasswordInput, ResetPasswordInput } from './account.input';
import type { AttemptLimits } from './attempt-limits';
import { confirmAddress } from './email.service';
import { PasswordResetEntity } from './password-reset.entity';

/** The job that creates a token and mails it. The token exists only in the mail, not in the job. */
export const RESET_MAIL_TASK = 'mail-password-reset';

/** Lifetime of a mailed token, in milliseconds. */
const RESET_LIFETIME_MS = 60 * 60 * 1000;

/** Accounts that are mailed to at most if they merely claim an address. */
const MAX_CLAIMANTS = 5;

export interface PasswordServiceDeps {
  sessions: SessionService;
  passwords: PasswordHasher;
  limits: AttemptLimits;
  audit: AuditService;
  access: AccessNews;
  settings: LiveSettings;
  definitions: IdentitySettings;
  jobs: Jobs;
  mailer: Mailer;
  /** Address of the client, without a slash at the end. */
  publicUrl: string;
}

export class PasswordService {
  constructor(private readonly deps: PasswordServiceDeps) {}

  /** @throws BAD_USER_INPUT with `fields` if the old password is wrong or the new one is weak; RATE_LIMITED */
  async changePassword(
    em: EntityManager,
    input: ChangePasswordInput,
    viewer: Viewer,
    address: string | null,
  ): Promise<void> {
    const user = await em.findOneOrFail(UserEntity, viewer.id);
    const check = async (noteWrong: () => void) => {
      if (await this.deps.passwords.verify(input.currentPassword, user.passwordHash)) return;
      noteWrong();
      await em.transactional((tx) => this.record(tx, 'password.change-refused', user.id));
      throw badUserInput({ currentPassword: 'The current password is wrong.' });
    };
    // The viewer is logged in, so the account is used from this network.
    await this.deps.limits.guess({ userId: user.id }, address, check, async () => true);
    this.refuseWeak(user, input.newPassword);
    const passwordHash = await this.deps.passwords.hash(input.newPassword);
    const ended = await em.transactional((tx) =>
      this.setPassword(tx, user.id, passwordHash, 'password.change', {
        exceptSession: viewer.sessionId,
        endsKeys: input.endApiKeys ?? false,
      }),
    );
    await this.deps.access.ended(ended);
  }

  /** Mails a token if the address has an account. Neither the outcome nor the timing reveals whether it has. @throws RATE_LIMITED */
  async requestPasswordReset(em: EntityManager, email: string, address: string | null): Promise<void> {
    await this.deps.limits.create(address);
    if (!isMailAddress(email) || !(await this.deps.limits.maySendMail(emailKey(email)))) return;
    await em.transactional(async (tx) => {
      await this.deps.jobs.enqueue(tx, RESET_MAIL_TASK, { emailKey: emailKey(email) });
      await this.deps.audit.record(tx, { action: 'password.reset-request' });
    });
  }

  /** The job behind {@link requestPasswordReset}. If it runs twice, both mailed tokens work. */
  async mailPasswordReset(em: EntityManager, { emailKey: key }: { emailKey: string }): Promise<void> {
    for (const user of await this.accountsOf(em, key)) {
      const token = randomBytes(24).toString('base64url');
      const expiresAt = new Date(Date.now() + RESET_LIFETIME_MS);
      await em.insert(PasswordResetEntity, { tokenHash: hashOf(token), userId: user.id, expiresAt });
      await this.deps.mailer.send({
        to: deliverableAddress(user.email!),
        subject: 'Set a new password',
        text: [
          `A new password was requested for the account ${user.username}.`,
          `Set it here within an hour:\n\n${this.deps.publicUrl}/reset-password?token=${token}`,
          'If you did not request it, ignore this mail. Nothing has changed.',
        ].join('\n\n'),
      });
    }
  }

  /** The account that has confirmed the address; if none has, the accounts that claim it, oldest first. */
  private async accountsOf(em: EntityManager, key: string): Promise<UserEntity[]> {
    const isThere = { emailKey: key, deactivatedAt: null, deletedAt: null };
    const owner = await em.findOne(UserEntity, { emailKey: key, isEmailVerified: true });
    if (owner) return owner.isActive ? [owner] : [];
    return em.find(UserEntity, isThere, { orderBy: { createdAt: 'asc', id: 'asc' }, limit: MAX_CLAIMANTS });
  }

  /** @throws BAD_USER_INPUT with `fields` if the token is invalid or has expired, or the password is weak */
  async resetPassword(em: EntityManager, { token, newPassword }: ResetPasswordInput): Promise<void> {
    const invalid = () => badUserInput({ token: 'This link has expired or was used already. Request a new one.' });
    const reset = await em.findOne(PasswordResetEntity, { tokenHash: hashOf(token), expiresAt: { $gt: new Date() } });
    const user = reset && (await em.findOne(UserEntity, { id: reset.userId, deactivatedAt: null, deletedAt: null }));
    if (!user) throw invalid();
    this.refuseWeak(user, newPassword);
    const passwordHash = await this.deps.passwords.hash(newPassword);
    const ended = await em.transactional(async (tx) => {
      if ((await tx.nativeDelete(PasswordResetEntity, { tokenHash: hashOf(token) })) === 0) throw invalid();
      if (user.emailKey) await confirmAddress(tx, user.id, user.emailKey);
      return this.setPassword(tx, user.id, passwordHash, 'password.reset', {
        endsKeys: true, // another person may have used the account until now
      });
    });
    await this.deps.access.ended(ended);
  }

  private async setPassword(
    tx: EntityManager,
    userId: string,
    passwordHash: string,
    action: string,
    { exceptSession, endsKeys }: { exceptSession?: string | null; endsKeys: boolean },
  ): Promise<string[]> {
    await tx.nativeUpdate(UserEntity, { id: userId }, { passwordHash });
    await tx.nativeDelete(PasswordResetEntity, { userId }); // requested for the old password
    const sessions = await this.deps.sessions.revokeAll(tx, userId, exceptSession);
    const keys = endsKeys ? await revokeKeysOf(tx, userId) : [];
    await this.record(tx, action, userId);
    return [...sessions, ...keys];
  }

  private record(tx: EntityManager, action: string, id: string): Promise<void> {
    return this.deps.audit.record(tx, { action, actorId: id, targetType: 'User', targetId: id });
  }

  private refuseWeak(user: UserEntity, password: string): void {
    const problem = passwordProblem(password, {
      minLength: this.deps.settings.get(this.deps.definitions.passwordMinLength),
      names: [user.username, user.email, user.displayName],
    });
    if (problem) throw badUserInput({ newPassword: problem });
  }
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
