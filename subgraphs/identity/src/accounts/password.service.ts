/** Changes passwords, authorised by the old password or by a mailed token. Both end other sessions; a mailed token also revokes API keys. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import { checkAll } from '@chat/kit/graphql/wrong-fields';
import type { Jobs } from '@chat/kit/jobs/jobs';
import type { LiveSettings } from '@chat/identity-client/settings/live-settings';
import { createHash, randomBytes } from 'node:crypto';
import type { AccessNews } from '../access/access-news';
import type { AuditService } from '../audit/audit.service';
import type { MailText } from '../mail/language';
import type { Mailer } from '../mail/mailer';
import type { PasswordHasher } from '../passwords/password-hasher';
import { passwordProblem } from '../passwords/password-rules';
import type { IdentitySettings } from '../feature';
import { deliverableAddress, emailKey, isMailAddress } from '../users/mail-address';
import { UserEntity } from '../users/user.entity';
import type { ChangePasswordInput, ResetPasswordInput } from './account.input';
import type { AttemptLimits } from './attempt-limits';
import { passwordResetMail, welcomeMail } from './account.mails';
import { confirmAddress } from './confirm-address';
import { setPassword } from './set-password';
import { PasswordResetEntity } from './password-reset.entity';

/** The job that creates a token and mails it. The token exists only in the mail, not in the job. */
export const RESET_MAIL_TASK = 'mail-password-reset';

/** The job that mails the first token of an account that an administrator created. */
export const WELCOME_MAIL_TASK = 'mail-welcome';

/** Lifetimes of mailed tokens, in milliseconds. */
const RESET_LIFETIME_MS = 60 * 60 * 1000;
const WELCOME_LIFETIME_MS = 7 * 24 * 60 * 60 * 1000;

/** Accounts that are mailed to at most if they merely claim an address. */
const MAX_CLAIMANTS = 5;

export interface PasswordServiceDeps {
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
    await checkAll(
      () => this.confirmPassword(em, user, 'currentPassword', input.currentPassword, address),
      () => this.refuseWeak(user, input.newPassword),
    );
    const passwordHash = await this.deps.passwords.hash(input.newPassword);
    const ended = await em.transactional((tx) =>
      setPassword(tx, this.deps.audit, {
        userId: user.id,
        passwordHash,
        action: 'password.change',
        actorId: user.id,
        exceptSession: viewer.sessionId,
        endsKeys: input.endApiKeys ?? false,
      }),
    );
    await this.deps.access.ended(ended);
  }

  /**
   * Demands the password of an account that is logged in, for a change that a stolen session must not make.
   * @throws BAD_USER_INPUT on `field`; RATE_LIMITED after too many wrong passwords
   */
  async confirmPassword(
    em: EntityManager,
    user: UserEntity,
    field: string,
    password: string,
    address: string | null,
  ): Promise<void> {
    const check = async (noteWrong: () => void) => {
      if (await this.deps.passwords.verify(password, user.passwordHash)) return;
      noteWrong();
      await em.transactional((tx) => this.record(tx, 'password.change-refused', user.id));
      throw badUserInput({ [field]: 'The current password is wrong.' });
    };
    // The viewer is logged in, so the account is used from this network.
    await this.deps.limits.guess({ userId: user.id }, address, check, async () => true);
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
      await this.mailToken(em, user, RESET_LIFETIME_MS, passwordResetMail);
    }
  }

  /** The job after an administrator has created an account without a password. If it runs twice, both mailed tokens work. */
  async mailWelcome(em: EntityManager, { userId }: { userId: string }): Promise<void> {
    const user = await em.findOne(UserEntity, { id: userId, passwordHash: null, deactivatedAt: null, deletedAt: null });
    if (user?.email) await this.mailToken(em, user, WELCOME_LIFETIME_MS, welcomeMail);
  }

  private async mailToken(
    em: EntityManager,
    user: UserEntity,
    lifetimeMs: number,
    textOf: (user: UserEntity, url: string) => MailText,
  ): Promise<void> {
    const token = randomBytes(24).toString('base64url');
    const expiresAt = new Date(Date.now() + lifetimeMs);
    await em.insert(PasswordResetEntity, { tokenHash: hashOf(token), userId: user.id, expiresAt });
    const url = `${this.deps.publicUrl}/reset-password?token=${token}`;
    await this.deps.mailer.send({ to: deliverableAddress(user.email!), ...textOf(user, url) });
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
    await checkAll(
      () => {
        if (!user) throw invalid();
      },
      () => this.refuseWeak(user, newPassword),
    );
    if (!user) throw invalid();
    const passwordHash = await this.deps.passwords.hash(newPassword);
    const ended = await em.transactional(async (tx) => {
      if ((await tx.nativeDelete(PasswordResetEntity, { tokenHash: hashOf(token) })) === 0) throw invalid();
      if (user.emailKey) await confirmAddress(tx, user.id, user.emailKey);
      return setPassword(tx, this.deps.audit, {
        userId: user.id,
        passwordHash,
        action: 'password.reset',
        actorId: user.id,
        endsKeys: true, // another person may have used the account until now
      });
    });
    await this.deps.access.ended(ended);
  }

  private record(tx: EntityManager, action: string, id: string): Promise<void> {
    return this.deps.audit.record(tx, { action, actorId: id, targetType: 'User', targetId: id });
  }

  /** @param user null if the account is unknown, so that its names cannot be compared */
  private refuseWeak(user: UserEntity | null, password: string): void {
    const problem = passwordProblem(password, {
      minLength: this.deps.settings.get(this.deps.definitions.passwordMinLength),
      names: [user?.username, user?.email, user?.displayName],
    });
    if (problem) throw badUserInput({ newPassword: problem });
  }
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
