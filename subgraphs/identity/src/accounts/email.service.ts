/**
 * Decides which account an e-mail address belongs to: the one that has answered a mail to it. Whether an address has an account is
 * told to its mailbox only, and never to the client that asks.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, conflict } from '@chat/kit/errors';
import type { Jobs } from '@chat/kit/jobs/jobs';
import { createHash, randomBytes } from 'node:crypto';
import type { Actor } from '../audit/actor';
import type { AuditService } from '../audit/audit.service';
import type { Mailer } from '../mail/mailer';
import { deliverableAddress } from '../users/mail-address';
import { UserEntity } from '../users/user.entity';
import type { AttemptLimits } from './attempt-limits';
import { EmailConfirmationEntity } from './email-confirmation.entity';

/** The job that mails a token by which the viewer confirms its address. */
export const CONFIRMATION_MAIL_TASK = 'mail-email-confirmation';
/** The job that tells the owner of an address that somebody has registered with it. */
export const CLAIMED_MAIL_TASK = 'mail-address-claimed';

/** How long a mailed token works, in milliseconds. */
const CONFIRMATION_LIFETIME_MS = 24 * 60 * 60 * 1000;

export interface EmailServiceDeps {
  jobs: Jobs;
  limits: AttemptLimits;
  audit: AuditService;
  mailer: Mailer;
  /** Where people find the client, without a slash at the end. */
  publicUrl: string;
}

export class EmailService {
  constructor(private readonly deps: EmailServiceDeps) {}

  /** Part of the transaction that makes the account. Does the same for every address; the job looks whose it is. */
  async noteRegistration(tx: EntityManager, { id: userId }: UserEntity): Promise<void> {
    await this.deps.jobs.enqueue(tx, CLAIMED_MAIL_TASK, { userId });
  }

  /** The job behind {@link noteRegistration}. Mails nothing if the address is nobody else's. */
  async mailClaimed(em: EntityManager, { userId }: { userId: string }): Promise<void> {
    const claimant = await em.findOne(UserEntity, { id: userId, isEmailVerified: false });
    const owner = claimant?.emailKey && (await ownerOf(em, claimant.emailKey));
    if (!owner || !(await this.deps.limits.maySendMail(`claimed ${claimant.emailKey}`))) return;
    await this.deps.mailer.send({
      to: deliverableAddress(owner.email!),
      subject: 'Somebody has registered with your address',
      text: [
        `Somebody, perhaps you, has registered the account ${claimant.username} with this e-mail address.`,
        `The address belongs to your account ${owner.username}. If you have forgotten its password, ask for a new one.`,
        'If it was not you, nothing has changed and there is nothing to do.',
      ].join('\n\n'),
    });
  }

  /** Mails a token to the viewer's own address; five an hour at most. @throws BAD_USER_INPUT if the account has no address */
  async requestEmailConfirmation(em: EntityManager, actor: Actor): Promise<void> {
    const user = await em.findOneOrFail(UserEntity, actor.id!);
    if (!user.emailKey) throw badUserInput({ email: 'The account has no e-mail address.' });
    if (user.isEmailVerified || !(await this.deps.limits.maySendMail(`confirm ${user.emailKey}`))) return;
    await em.transactional((tx) => this.deps.jobs.enqueue(tx, CONFIRMATION_MAIL_TASK, { userId: user.id }));
  }

  /** The job behind {@link requestEmailConfirmation}. An address that is somebody else's gets no token. */
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
        'If you do not know the account, there is nothing to do.',
      ].join('\n\n'),
    });
  }

  /** @throws BAD_USER_INPUT if the token is not valid (any more); CONFLICT if the address is another account's by now */
  async confirmEmail(em: EntityManager, token: string, actor: Actor): Promise<void> {
    await em.transactional(async (tx) => {
      const [confirmed] = await tx.execute<{ user_id: string; email_key: string }[]>(
        'delete from identity.email_confirmations where token_hash = ? and expires_at > now() returning user_id, email_key',
        [hashOf(token)],
      );
      if (!confirmed) throw badUserInput({ token: 'This link has expired or was used already. Ask for a new one.' });
      const { user_id: id, email_key: key } = confirmed;
      if (!(await confirmAddress(tx, id, key))) throw conflict('This address belongs to another account.');
      await this.deps.audit.record(tx, { ...actor, id }, 'email.confirm', { type: 'User', id });
    });
  }
}

/** Makes the address the account's, if it is nobody else's. Part of the caller's transaction. @returns whether it is */
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
