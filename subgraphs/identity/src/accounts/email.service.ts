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
import { deliverableAddress } from '../users/mail-address';
import { UserEntity } from '../users/user.entity';
import type { AttemptLimits } from './attempt-limits';
import { EmailConfirmationEntity } from './email-confirmation.entity';

/** The job that mails a token for {@link EmailService.confirmEmail}. */
export const CONFIRMATION_MAIL_TASK = 'mail-email-confirmation';
/** The job that informs the owner of an address of another account that registered with it. */
export const CLAIMED_MAIL_TASK = 'mail-address-claimed';

/** Lifetime of a mailed token, in milliseconds. */
const CONFIRMATION_LIFETIME_MS = 24 * 60 * 60 * 1000;

export interface EmailServiceDeps {
  jobs: Jobs;
  limits: AttemptLimits;
  audit: AuditService;
  mailer: Mailer;
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
    await this.deps.mailer.send({
      to: deliverableAddress(owner.email!),
      subject: 'A new account uses your e-mail address',
      text: [
        `The account ${claimant.username} was registered with this e-mail address.`,
        `The address belongs to your account ${owner.username}. If you have forgotten its password, request a new one.`,
        'If you did not register, ignore this mail. Nothing has changed.',
      ].join('\n\n'),
    });
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
    await this.deps.mailer.send({
      to: deliverableAddress(user.email),
      subject: 'Confirm your e-mail address',
      text: [
        `Confirm within a day that this is the address of the account ${user.username}:`,
        `${this.deps.publicUrl}/confirm-email?token=${token}`,
        'If you do not know the account, ignore this mail.',
      ].join('\n\n'),
    });
  }

  /** @throws BAD_USER_INPUT if the token is invalid or has expired; CONFLICT if another account owns the address by now */
  async confirmEmail(em: EntityManager, token: string): Promise<void> {
    await em.transactional(async (tx) => {
      const [confirmed] = await tx.execute<{ user_id: string; email_key: string }[]>(
        'delete from identity.email_confirmations where token_hash = ? and expires_at > now() returning user_id, email_key',
        [hashOf(token)],
      );
      if (!confirmed) throw badUserInput({ token: 'This link has expired or was used already. Request a new one.' });
      const { user_id: id, email_key: key } = confirmed;
      if (!(await confirmAddress(tx, id, key))) throw conflict('This address belongs to another account.');
      await this.deps.audit.record(tx, { action: 'email.confirm', actorId: id, targetType: 'User', targetId: id });
    });
  }
}

/** Confirms the address unless another account owns it. Call it in a transaction. @returns whether the account owns it now */
export async function confirmAddress(tx: EntityManager, userId: string, key: string): Promise<boolean> {
  await tx.execute(`select pg_advisory_xact_lock(hashtextextended('identity: address ' || ?, 0))`, [key]);
  const rows = await tx.execute<unknown[]>(
    `update identity.users u set is_email_verified = true where u.id = ? and u.email_key = ? and u.deleted_at is null
       and not exists (select 1 from identity.users o where o.email_key = ? and o.is_email_verified and o.id <> u.id)
     returning 1`,
    [userId, key, key],
  );
  return rows.length > 0;
}

const ownerOf = (em: EntityManager, key: string): Promise<UserEntity | null> =>
  em.findOne(UserEntity, { emailKey: key, isEmailVerified: true, deletedAt: null });

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
