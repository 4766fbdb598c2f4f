/**
 * Creates, lists, revokes and uses invitations. Tokens are stored as hashes: one is shown to the administrator, and one is in the mail,
 * so that a mailed token proves the address. Each use is counted under a row lock.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError, badUserInput, notFound } from '@chat/kit/errors';
import {
  pageRequest,
  sortValue,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import { checkAll } from '@chat/kit/graphql/wrong-fields';
import { isId, newId } from '@chat/kit/ids';
import type { Jobs } from '@chat/kit/jobs/jobs';
import { createHash, randomBytes } from 'node:crypto';
import type { AttemptLimits } from '../accounts/attempt-limits';
import { canonicalLocale } from '../accounts/locale';
import type { AuditService } from '../audit/audit.service';
import type { Mailer } from '../mail/mailer';
import { Role } from '../permissions/role';
import { deliverableAddress, emailKey } from '../users/mail-address';
import { InvitationEntity } from './invitation.entity';
import type { CreateInvitationInput } from './invitation.input';
import { invitationMail } from './invitation.mails';

/** The job that creates a token and mails it. The token exists only in the mail, not in the job. */
export const INVITATION_MAIL_TASK = 'mail-invitation';

const DAY_MS = 86_400_000;
const DEFAULT_LIFETIME_MS = 7 * DAY_MS;
const MAX_LIFETIME_MS = 90 * DAY_MS;

/** A token is invalid for one reason or another; strangers need not know which. */
const NOT_VALID = 'This invitation has expired or was used already. Ask for a new one.';

export interface NewInvitation {
  invitation: InvitationEntity;
  token: string;
  url: string;
}

export interface UsedInvitation {
  id: string;
  role: Role;
  /** Whether the token was mailed to the address of the account. */
  provesAddress: boolean;
}

export interface InvitationServiceDeps {
  audit: AuditService;
  jobs: Jobs;
  /** Absent for commands on the server, which have no limit. */
  limits?: AttemptLimits;
  /** Address of the client, without a slash at the end. */
  publicUrl: string;
}

export class InvitationService {
  constructor(private readonly deps: InvitationServiceDeps) {}

  /**
   * @param createdBy null for a command on the server
   * @throws BAD_USER_INPUT; RATE_LIMITED after too many invitations of one network, or mails to one address
   */
  async createInvitation(
    em: EntityManager,
    input: CreateInvitationInput,
    createdBy: string | null,
    address: string | null = null,
  ): Promise<NewInvitation> {
    await this.checkInvitation(input);
    const { audit, jobs, limits } = this.deps;
    const email = input.email?.trim() ?? null;
    await limits?.create(address);
    if (email !== null && limits && !(await limits.maySendMail(`invite ${emailKey(email)}`)))
      throw new ApiError('RATE_LIMITED', 'This address has got too many invitations within an hour.', {
        retryAfterMs: 3_600_000,
      });
    const invitation = em.create(InvitationEntity, {
      id: newId(),
      role: input.role ?? Role.USER,
      email,
      locale: input.locale ? canonicalLocale(input.locale)! : null,
      maxUses: input.maxUses ?? 1,
      uses: 0,
      createdBy,
      createdAt: new Date(),
      expiresAt: input.expiresAt ?? new Date(Date.now() + DEFAULT_LIFETIME_MS),
      revokedAt: null,
    });
    const token = await em.transactional(async (tx) => {
      await tx.persist(invitation).flush();
      const { id, role, maxUses, expiresAt } = invitation;
      if (email !== null) await jobs.enqueue(tx, INVITATION_MAIL_TASK, { id });
      const details = { role, maxUses, expiresAt, isMailed: email !== null };
      await audit.record(tx, { action: 'invitation.create', targetType: 'Invitation', targetId: id, details });
      return newToken(tx, id, false);
    });
    return { invitation, token, url: this.urlOf(token) };
  }

  /** The job behind {@link createInvitation}. If it runs twice, both mailed tokens work. */
  async mailInvitation(em: EntityManager, { id }: { id: string }, mailer: Mailer): Promise<void> {
    const invitation = await em.findOne(InvitationEntity, { id, revokedAt: null, expiresAt: { $gt: new Date() } });
    if (!invitation?.email) return;
    const url = this.urlOf(await newToken(em, id, true));
    await mailer.send({ to: deliverableAddress(invitation.email), ...invitationMail({ ...invitation, url }) });
  }

  private urlOf(token: string): string {
    return `${this.deps.publicUrl}/register?invitation=${token}`;
  }

  /** @throws BAD_USER_INPUT with all wrong fields */
  async checkInvitation({ role, email, maxUses, expiresAt }: CreateInvitationInput): Promise<void> {
    await checkAll(
      () => {
        if (role === Role.GUEST) throw badUserInput({ role: 'Guests need no invitation.' });
      },
      () => {
        if (email != null && (maxUses ?? 1) > 1)
          throw badUserInput({ maxUses: 'An invitation for one address admits one account.' });
      },
      () => {
        const ahead = expiresAt ? expiresAt.getTime() - Date.now() : DEFAULT_LIFETIME_MS;
        if (!(ahead > 0)) throw badUserInput({ expiresAt: 'expiresAt must be in the future.' });
        if (ahead > MAX_LIFETIME_MS) throw badUserInput({ expiresAt: 'expiresAt must be at most 90 days ahead.' });
      },
    );
  }

  /** Idempotent. Accounts that were registered with it stay. @throws NOT_FOUND */
  async revokeInvitation(em: EntityManager, id: string): Promise<InvitationEntity> {
    if (!isId(id)) throw notFound('Invitation');
    return em.transactional(async (tx) => {
      const changed = await tx.nativeUpdate(InvitationEntity, { id, revokedAt: null }, { revokedAt: new Date() });
      const invitation = await tx.findOne(InvitationEntity, { id }, { refresh: true });
      if (!invitation) throw notFound('Invitation');
      if (changed > 0)
        await this.deps.audit.record(tx, { action: 'invitation.revoke', targetType: 'Invitation', targetId: id });
      return invitation;
    });
  }

  /** All invitations, newest first. */
  async invitations(em: EntityManager, page: PageArguments): Promise<Connection<InvitationEntity>> {
    const request = pageRequest('invitations', page);
    const id = sortValue(request, isId);
    const rows = await em.find(
      InvitationEntity,
      id === undefined ? {} : { id: request.isBackward ? { $gt: id } : { $lt: id } },
      { orderBy: { id: request.isBackward ? 'asc' : 'desc' }, limit: request.limit },
    );
    return toConnection('invitations', request, rows, (row) => [row.id]);
  }

  /** @throws BAD_USER_INPUT if no account with this address can be registered with the token */
  async checkUse(em: EntityManager, token: string, email: string): Promise<void> {
    const [found] = await em.execute<{ email: string | null }[]>(
      `select i.email from identity.invitations i join identity.invitation_tokens t on t.invitation_id = i.id
       where t.token_hash = ? and ${IS_OPEN}`,
      [hashOf(token)],
    );
    if (!found) throw badUserInput({ invitation: NOT_VALID });
    refuseOther(found.email, email);
  }

  /** Counts one use. Call it in the transaction that creates the account. @throws BAD_USER_INPUT if it is not, or no longer, valid */
  async use(tx: EntityManager, token: string, email: string): Promise<UsedInvitation> {
    const [used] = await tx.execute<{ id: string; role: Role; email: string | null; is_mailed: boolean }[]>(
      `update identity.invitations i set uses = uses + 1 from identity.invitation_tokens t
       where t.token_hash = ? and t.invitation_id = i.id and ${IS_OPEN} returning i.id, i.role, i.email, t.is_mailed`,
      [hashOf(token)],
    );
    if (!used) throw badUserInput({ invitation: NOT_VALID });
    refuseOther(used.email, email);
    return { id: used.id, role: used.role, provesAddress: used.is_mailed };
  }
}

const IS_OPEN = 'i.revoked_at is null and i.expires_at > now() and i.uses < i.max_uses';

async function newToken(em: EntityManager, invitationId: string, isMailed: boolean): Promise<string> {
  const token = randomBytes(24).toString('base64url');
  await em.execute('insert into identity.invitation_tokens (token_hash, invitation_id, is_mailed) values (?, ?, ?)', [
    hashOf(token),
    invitationId,
    isMailed,
  ]);
  return token;
}

function refuseOther(invited: string | null, email: string): void {
  if (invited !== null && emailKey(invited) !== emailKey(email))
    throw badUserInput({ email: 'This invitation is for another e-mail address.' });
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64url');
