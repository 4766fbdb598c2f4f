/**
 * Confirms e-mail addresses by mail. An address belongs to the account that has confirmed it. Only the mailbox learns whether an address
 * has an account; clients never do.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, conflict } from '@chat/kit/errors';
import type { Jobs } from '@chat/kit/jobs/jobs';
import { createHash, randomBytes } from 'node:crypto';
import type { AuditService } from '../audit/audit.service';
import type { Mailer } from '../mail/mailer';
import { deliverableAddress, emailKey } from '../users/mail-address';
import { UserEntity } from '../users/user.entity';
import { addressChangeMail, addressChangeNotice, claimedMail, confirmationMail } from './account.mails';
import type { ChangeEmailInput } from './account.input';
import type { AttemptLimits } from './attempt-limits';
import { confirmAddress } from './confirm-address';
import { EmailConfirmationEntity } from './email-confirmation.entity';
import type { PasswordService } from './password.service';

/** The job that mails a token for {@link EmailService.confirmEmail}. */
export const CONFIRMATION_MAIL_TASK = 'mail-email-confirmation';
/** The job that informs the owner of an address of another account that registered with it. */
export const CLAIMED_MAIL_TASK = 'mail-address-claimed';

/** The job that mails a token to the new address of an account, and a notice to the old one. */
export const CHANGE_MAIL_TASK = 'mail-address-change';

/** Lifetime of a mailed token, in milliseconds. */
const CONFIRMATION_LIFETIME_MS = 24 * 60 * 60 * 1000;

export interface EmailServiceDeps {
  jobs: Jobs;
  limits: AttemptLimits;
  audit: AuditService;
  mailer: Mailer;
  passwords: Pick<PasswordService, 'confirmPassword'>;
  /** Address of the client, without a slash at the end. */
  publicUrl: string;
}

export class EmailService {
  constructor(private readonly deps: EmailServiceDeps) {}

  /** Call it in the transaction that creates the account. Does the same for every address; only the job looks for an owner. */
  async noteRegistration(tx: EntityManager, { id: userId }: UserEntity): Promise<void> {
    await this.deps.jobs.enqueue(tx, CLAIMED_MAIL_TASK, { userId });
  }

  /** The job behind {@link noteRegistration}. Sends no mail if no other account owns the address. */
  async mailClaimed(em: EntityManager, { userId }: { userId: string }): Promise<void> {
    const claimant = await em.findOne(UserEntity, { id: userId, isEmailVerified: false });
    const owner = claimant?.emailKey && (await ownerOf(em, claimant.emailKey));
    if (!owner || !(await this.deps.limits.maySendMail(`claimed ${claimant.emailKey}`))) return;
    await this.deps.mailer.send({ to: deliverableAddress(owner.email!), ...claimedMail(owner, claimant.username) });
  }

  /** Mails a token to the account's address, at most five an hour. @throws BAD_USER_INPUT if the account has no address */
  async requestEmailConfirmation(em: EntityManager, userId: string): Promise<void> {
    const user = await em.findOneOrFail(UserEntity, userId);
    if (!user.emailKey) throw badUserInput({ email: 'The account has no e-mail address.' });
    if (user.isEmailVerified || !(await this.deps.limits.maySendMail(`confirm ${user.emailKey}`))) return;
    await em.transactional((tx) => this.deps.jobs.enqueue(tx, CONFIRMATION_MAIL_TASK, { userId: user.id }));
  }

  /** The job behind {@link requestEmailConfirmation}. If another account owns the address, its owner is informed instead. */
  async mailConfirmation(em: EntityManager, { userId }: { userId: string }): Promise<void> {
    const isThere = { deactivatedAt: null, deletedAt: null };
    const user = await em.findOne(UserEntity, { id: userId, isEmailVerified: false, ...isThere });
    if (!user?.email || !user.emailKey) return;
    if (await ownerOf(em, user.emailKey)) return this.mailClaimed(em, { userId });
    const token = randomBytes(24).toString('base64url');
    const expiresAt = new Date(Date.now() + CONFIRMATION_LIFETIME_MS);
    await em.insert(EmailConfirmationEntity, { tokenHash: hashOf(token), userId, emailKey: user.emailKey, expiresAt });
    const url = `${this.deps.publicUrl}/confirm-email?token=${token}`;
    await this.deps.mailer.send({ to: deliverableAddress(user.email), ...confirmationMail(user, url) });
  }

  /**
   * Mails a token to the new address, and a notice to the old one. Neither the outcome nor the timing reveals whether the new address has
   * an account. @throws BAD_USER_INPUT if the password is wrong; RATE_LIMITED after too many wrong ones
   */
  async changeEmail(
    em: EntityManager,
    userId: string,
    { email, currentPassword }: ChangeEmailInput,
    address: string | null,
  ): Promise<void> {
    const user = await em.findOneOrFail(UserEntity, userId);
    await this.deps.passwords.confirmPassword(em, user, 'currentPassword', currentPassword, address);
    if (!(await this.deps.limits.maySendMail(`change ${emailKey(email)}`))) return;
    await em.transactional(async (tx) => {
      await this.deps.jobs.enqueue(tx, CHANGE_MAIL_TASK, { userId, email });
      await this.record(tx, 'email.change-request', userId);
    });
  }

  /** The job behind {@link changeEmail}. If another account owns the new address, its owner is informed instead. */
  async mailChange(em: EntityManager, { userId, email }: { userId: string; email: string }): Promise<void> {
    const user = await em.findOne(UserEntity, { id: userId, deactivatedAt: null, deletedAt: null });
    const key = emailKey(email);
    if (!user || (user.emailKey === key && user.isEmailVerified)) return;
    const owner = await ownerOf(em, key);
    if (owner)
      await this.deps.mailer.send({ to: deliverableAddress(owner.email!), ...claimedMail(owner, user.username) });
    else {
      const token = randomBytes(24).toString('base64url');
      const expiresAt = new Date(Date.now() + CONFIRMATION_LIFETIME_MS);
      await em.insert(EmailConfirmationEntity, {
        tokenHash: hashOf(token),
        userId,
        emailKey: key,
        newEmail: email,
        expiresAt,
      });
      const url = `${this.deps.publicUrl}/confirm-email?token=${token}`;
      await this.deps.mailer.send({ to: deliverableAddress(email), ...addressChangeMail(user, url) });
    }
    if (user.email && user.emailKey !== key)
      await this.deps.mailer.send({ to: deliverableAddress(user.email), ...addressChangeNotice(user, email) });
  }

  /** @throws BAD_USER_INPUT if the token is invalid or has expired; CONFLICT if another account owns the address by now */
  async confirmEmail(em: EntityManager, token: string): Promise<void> {
    await em.transactional(async (tx) => {
      const [confirmed] = await tx.execute<{ user_id: string; email_key: string; new_email: string | null }[]>(
        'delete from identity.email_confirmations where token_hash = ? and expires_at > now() returning user_id, email_key, new_email',
        [hashOf(token)],
      );
      if (!confirmed) throw badUserInput({ token: 'This link has expired or was used already. Request a new one.' });
      const { user_id: id, email_key: key, new_email: newEmail } = confirmed;
      if (newEmail !== null) await replaceAddress(tx, id, newEmail, key);
      if (!(await confirmAddress(tx, id, key))) throw conflict('This address belongs to another account.');
      await this.record(tx, newEmail === null ? 'email.confirm' : 'email.change', id);
    });
  }

  private record(tx: EntityManager, action: string, id: string): Promise<void> {
    return this.deps.audit.record(tx, { action, actorId: id, targetType: 'User', targetId: id });
  }
}

/** Tokens that were mailed to the old address become invalid. */
async function replaceAddress(tx: EntityManager, userId: string, email: string, key: string): Promise<void> {
  await tx.execute('update identity.users set email = ?, email_key = ?, is_email_verified = false where id = ?', [
    email,
    key,
    userId,
  ]);
  for (const table of ['password_resets', 'email_confirmations'])
    await tx.execute(`delete from identity.${table} where user_id = ?`, [userId]);
}

const ownerOf = (em: EntityManager, key: string): Promise<UserEntity | null> =>
  em.findOne(UserEntity, { emailKey: key, isEmailVerified: true, deletedAt: null });

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
