/** Changes passwords, by the old one or by mail. Both end the account's other sessions; a mailed one ends its API keys, too. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import type { Jobs } from '@chat/kit/jobs/jobs';
import type { LiveSettings } from '@chat/identity-client/settings/live-settings';
import { createHash, randomBytes } from 'node:crypto';
import type { AccessPublisher } from '../access/access-publisher';
import { revokeKeysOf } from '../api-keys/revoke-keys';
import type { Actor } from '../audit/actor';
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

/** The job that makes a token and mails it. The token exists in the mail only, not in the job. */
export const RESET_MAIL_TASK = 'mail-password-reset';

/** How long a mailed token works, in milliseconds. */
const RESET_LIFETIME_MS = 60 * 60 * 1000;

/** Accounts that are mailed to at most if they merely claim an address. */
const MAX_CLAIMANTS = 5;

export interface PasswordServiceDeps {
  sessions: SessionService;
  passwords: PasswordHasher;
  limits: AttemptLimits;
  audit: AuditService;
  access: AccessPublisher;
  settings: LiveSettings;
  definitions: IdentitySettings;
  jobs: Jobs;
  mailer: Mailer;
  /** Where people find the client, without a slash at the end. */
  publicUrl: string;
}

export class PasswordService {
  constructor(private readonly deps: PasswordServiceDeps) {}

  /** @throws BAD_USER_INPUT with `fields` where the old one is wrong or the new one is weak. */
  async changePassword(em: EntityManager, input: ChangePasswordInput, actor: Actor): Promise<void> {
    const user = await em.findOneOrFail(UserEntity, actor.id!);
    const check = async (noteWrong: () => void) => {
      if (await this.deps.passwords.verify(input.currentPassword, user.passwordHash)) return;
      noteWrong();
      await em.transactional((tx) => this.deps.audit.record(tx, actor, 'password.change-refused', accountOf(user)));
      throw badUserInput({ currentPassword: 'The current password is wrong.' });
    };
    // Somebody who is logged in is at a place that the account is used from.
    await this.deps.limits.guess({ userId: user.id }, actor.client.address, check, async () => true);
    this.refuseWeak(user, input.newPassword);
    const passwordHash = await this.deps.passwords.hash(input.newPassword);
    const ended = await em.transactional((tx) =>
      this.setPassword(tx, user.id, passwordHash, actor, 'password.change', {
        exceptSession: actor.sessionId,
        endsKeys: input.endApiKeys ?? false,
      }),
    );
    await this.deps.access.ended(ended);
  }

  /** Mails a token where the address has an account. Says nothing about whether it has, and takes the same time. */
  async requestPasswordReset(em: EntityManager, email: string, actor: Actor): Promise<void> {
    await this.deps.limits.create(actor.client.address);
    if (!isMailAddress(email) || !(await this.deps.limits.maySendMail(emailKey(email)))) return;
    await em.transactional(async (tx) => {
      await this.deps.jobs.enqueue(tx, RESET_MAIL_TASK, { emailKey: emailKey(email) });
      await this.deps.audit.record(tx, actor, 'password.reset-request');
    });
  }

  /** The job behind {@link requestPasswordReset}. A repetition sends another mail, whose token works as well. */
  async mailPasswordReset(em: EntityManager, { emailKey: key }: { emailKey: string }): Promise<void> {
    for (const user of await this.accountsOf(em, key)) {
      const token = randomBytes(24).toString('base64url');
      const expiresAt = new Date(Date.now() + RESET_LIFETIME_MS);
      await em.insert(PasswordResetEntity, { tokenHash: hashOf(token), userId: user.id, expiresAt });
      await this.deps.mailer.send({
        to: deliverableAddress(user.email!),
        subject: 'Set a new password',
        text: [
          `Somebody, hopefully you, asked for a new password for the account ${user.username}.`,
          `Set it here within an hour:\n\n${this.deps.publicUrl}/reset-password?token=${token}`,
          'If it was not you, nothing has changed and there is nothing to do.',
        ].join('\n\n'),
      });
    }
  }

  /** The account whose address it is; if it is nobody's yet, those that claim it, oldest first. */
  private async accountsOf(em: EntityManager, key: string): Promise<UserEntity[]> {
    const isThere = { emailKey: key, deactivatedAt: null, deletedAt: null };
    const owner = await em.findOne(UserEntity, { emailKey: key, isEmailVerified: true });
    if (owner) return owner.isActive ? [owner] : [];
    return em.find(UserEntity, isThere, { orderBy: { createdAt: 'asc', id: 'asc' }, limit: MAX_CLAIMANTS });
  }

  /** @throws BAD_USER_INPUT with `fields` where the token is not valid (any more) or the password is weak. */
  async resetPassword(em: EntityManager, { token, newPassword }: ResetPasswordInput, actor: Actor): Promise<void> {
    const invalid = () => badUserInput({ token: 'This link has expired or was used already. Ask for a new one.' });
    const reset = await em.findOne(PasswordResetEntity, { tokenHash: hashOf(token), expiresAt: { $gt: new Date() } });
    const user = reset && (await em.findOne(UserEntity, { id: reset.userId, deactivatedAt: null, deletedAt: null }));
    if (!user) throw invalid();
    this.refuseWeak(user, newPassword);
    const passwordHash = await this.deps.passwords.hash(newPassword);
    const ended = await em.transactional(async (tx) => {
      if ((await tx.nativeDelete(PasswordResetEntity, { tokenHash: hashOf(token) })) === 0) throw invalid();
      if (user.emailKey) await confirmAddress(tx, user.id, user.emailKey);
      return this.setPassword(tx, user.id, passwordHash, { ...actor, id: user.id }, 'password.reset', {
        endsKeys: true, // somebody else may have had the account until now
      });
    });
    await this.deps.access.ended(ended);
  }

  private async setPassword(
    tx: EntityManager,
    userId: string,
    passwordHash: string,
    actor: Actor,
    action: string,
    { exceptSession, endsKeys }: { exceptSession?: string | null; endsKeys: boolean },
  ): Promise<string[]> {
    await tx.nativeUpdate(UserEntity, { id: userId }, { passwordHash });
    await tx.nativeDelete(PasswordResetEntity, { userId }); // mailed for the password before
    const sessions = await this.deps.sessions.revokeAll(tx, userId, exceptSession);
    const keys = endsKeys ? await revokeKeysOf(tx, userId) : [];
    await this.deps.audit.record(tx, actor, action, accountOf({ id: userId }));
    return [...sessions, ...keys];
  }

  private refuseWeak(user: UserEntity, password: string): void {
    const problem = passwordProblem(password, {
      minLength: this.deps.settings.get(this.deps.definitions.passwordMinLength),
      names: [user.username, user.email, user.displayName],
    });
    if (problem) throw badUserInput({ newPassword: problem });
  }
}

const accountOf = ({ id }: { id: string }) => ({ type: 'User', id });

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
