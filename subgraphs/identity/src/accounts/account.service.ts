/** Registers accounts and logs them in. */
import type { Client } from '@chat/kit/auth/client';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, forbidden, unauthenticated } from '@chat/kit/errors';
import { textProblem } from '@chat/kit/graphql/text';
import { checkAll, refuseWrong, type WrongFields } from '@chat/kit/graphql/wrong-fields';
import type { Logger } from '@chat/kit/logging';
import type { LiveSettings } from '@chat/identity-client/settings/live-settings';
import { randomBytes } from 'node:crypto';
import type { AuditService } from '../audit/audit.service';
import type { InvitationService } from '../invitations/invitation.service';
import type { PasswordHasher } from '../passwords/password-hasher';
import { passwordProblem } from '../passwords/password-rules';
import { Role } from '../permissions/role';
import { isKnownAddress } from '../sessions/known-addresses';
import type { OpenSession, SessionService } from '../sessions/session.service';
import type { IdentitySettings } from '../feature';
import { createUser, refuseTaken, refusingTaken, takenFields } from '../users/create-user';
import { holdAccount } from '../users/hold-account';
import { UserEntity } from '../users/user.entity';
import type { UserService } from '../users/user.service';
import { emailKey } from '../users/mail-address';
import { DISPLAY_NAME_MAX, usernameProblem } from '../users/username';
import type { LoginInput, RegisterInput } from './account.input';
import { confirmAddress } from './confirm-address';
import type { EmailService } from './email.service';
import { rolesWith } from './account-creator';
import type { AttemptLimits } from './attempt-limits';

export interface AccountServiceDeps {
  users: UserService;
  emails: EmailService;
  invitations: InvitationService;
  sessions: SessionService;
  passwords: PasswordHasher;
  limits: AttemptLimits;
  audit: AuditService;
  settings: LiveSettings;
  definitions: IdentitySettings;
  log: Logger;
}

export class AccountService {
  constructor(private readonly deps: AccountServiceDeps) {}

  /**
   * Creates an account and logs it in. Neither the answer nor its timing reveals whether another account has the e-mail address:
   * until one of them confirms it, both only claim it.
   * @throws BAD_USER_INPUT or CONFLICT with `fields`; FORBIDDEN if registration is off
   */
  async register(em: EntityManager, input: RegisterInput, client: Client): Promise<OpenSession> {
    const { settings, definitions, limits, passwords, sessions, emails, invitations } = this.deps;
    const { invitation } = input;
    if (invitation == null && !settings.get(definitions.registration))
      throw forbidden('Registration is off on this installation. Ask an administrator for an invitation.');
    if (Object.keys(this.wrongIn(input)).length > 0) await this.checkAccount(em, input);
    if (invitation != null) await invitations.checkUse(em, invitation, input.email); // before the expensive hash
    const username = input.username.normalize('NFC');
    const email = input.email.trim();
    await limits.create(client.address);
    await refuseTaken(em, username); // before the expensive hash
    const passwordHash = await passwords.hash(input.password);
    const displayName = input.displayName?.trim() ?? username;
    return refusingTaken(em, { username }, async (tx) => {
      const invited = invitation == null ? undefined : await invitations.use(tx, invitation, email);
      const roles = rolesWith(invited?.role);
      const user = await createUser(tx, { username, email, displayName, passwordHash, roles });
      if (invited?.provesAddress) await confirmAddress(tx, user.id, emailKey(email));
      await emails.noteRegistration(tx, user);
      return sessions.open(tx, user, client, 'account.register', invited && { invitation: invited.id, roles });
    });
  }

  /** For an account that is refused anyway: a taken name counts as a wrong field. @throws BAD_USER_INPUT with all wrong fields */
  async checkAccount(em: EntityManager, input: RegisterInput): Promise<void> {
    const { username, invitation, email } = input;
    await checkAll(
      () => refuseWrong(this.wrongIn(input)),
      async () => refuseWrong(await takenFields(em, username.normalize('NFC'))),
      () => (invitation == null ? undefined : this.deps.invitations.checkUse(em, invitation, email)),
    );
  }

  private wrongIn(input: RegisterInput): WrongFields {
    const username = input.username.normalize('NFC');
    const problem = passwordProblem(input.password, {
      minLength: this.deps.settings.get(this.deps.definitions.passwordMinLength),
      names: [username, input.email.trim(), input.displayName],
    });
    return { ...withProblem('username', usernameProblem(username)), ...(problem && { password: problem }) };
  }

  /**
   * @throws UNAUTHENTICATED, with the same message and timing for an unknown account, a wrong password and a deactivated account;
   * RATE_LIMITED after too many failures
   */
  async login(em: EntityManager, { identifier, password }: LoginInput, client: Client): Promise<OpenSession> {
    const { users, limits, sessions, passwords } = this.deps;
    const candidates = await users.findByIdentifier(em, identifier);
    const known = candidates.find((candidate) => candidate !== null);
    const { address } = client;
    const attempt = async (noteWrong: () => void) => {
      const refuse = (user: UserEntity | undefined) => {
        noteWrong();
        return this.refuseLogin(em, user);
      };
      // Verify all candidates, so that the timing does not reveal their number.
      const checks = candidates.map((candidate) => passwords.verify(password, candidate?.passwordHash));
      const isRight = await Promise.all(checks);
      const right = candidates.find((candidate, index) => candidate?.isActive && isRight[index]);
      if (!right) return refuse(known);
      const user = await em.findOneOrFail(UserEntity, right.id);
      const checked = right.passwordHash;
      const newHash = passwords.isOutdated(checked!) ? await passwords.hash(password) : undefined;
      const opened = await em.transactional(async (tx) => {
        await holdAccount(tx, user);
        // Verifying takes a while. Meanwhile the password may have changed, or the account may have been deactivated.
        return user.isActive && user.passwordHash === checked
          ? sessions.open(tx, user, client, 'session.login')
          : undefined;
      });
      if (!opened) return refuse(user);
      if (newHash) await em.nativeUpdate(UserEntity, { id: user.id, passwordHash: checked }, { passwordHash: newHash });
      return opened;
    };
    const isKnown = async () => {
      const ids = candidates.flatMap((candidate) => candidate?.id ?? []);
      const answers = ids.map((id) => isKnownAddress(em.fork(), id, address));
      return (await Promise.all(answers)).includes(true);
    };
    const target = known ? { userId: known.id } : { identifier: emailKey(identifier) };
    return limits.guess(target, address, attempt, isKnown);
  }

  private async refuseLogin(em: EntityManager, user: UserEntity | undefined): Promise<never> {
    const target = user && { targetType: 'User', targetId: user.id };
    await em.transactional((tx) => this.deps.audit.record(tx, { action: 'session.login-refused', ...target }));
    throw unauthenticated('The name or the password is wrong.');
  }

  /** Creates an account without a password and an e-mail address. @throws BAD_USER_INPUT on the name; FORBIDDEN if guests are off */
  async loginAsGuest(em: EntityManager, displayName: string, client: Client): Promise<OpenSession> {
    const { settings, definitions, limits, sessions } = this.deps;
    if (!settings.get(definitions.guests)) throw forbidden('Guests are off on this installation.');
    const problem = withProblem('displayName', textProblem(displayName, { max: DISPLAY_NAME_MAX }));
    if (problem) throw badUserInput(problem);
    await limits.create(client.address);
    return em.transactional(async (tx) => {
      const user = await createUser(tx, {
        username: `guest-${randomBytes(5).toString('hex')}`,
        displayName: displayName.trim(),
        roles: [Role.GUEST],
      });
      return sessions.open(tx, user, client, 'session.guest');
    });
  }

  /**
   * Warns if ADMIN_PASSWORD is not the password of the account `admin`, because it has no effect once there is an administrator. It
   * must not overwrite a password: a restart with an old environment would undo a change.
   */
  async noteAdminPassword(em: EntityManager, password: string): Promise<void> {
    const user = await em.findOne(UserEntity, { username: 'admin', deletedAt: null });
    if (user && (await this.deps.passwords.verify(password, user.passwordHash))) return;
    this.deps.log.warn(
      user
        ? 'ADMIN_PASSWORD is not the password of the account admin, which exists already, and has no effect. To change the password, run: npm run admin -- reset-password admin'
        : 'ADMIN_PASSWORD has no effect, because there is an administrator already, with another name than admin. To create one more, run: npm run admin -- create-user NAME --role ADMIN',
    );
  }

  /**
   * Creates the account `admin` if the installation has no administrator yet. Idempotent: a repetition with the same `id` returns the
   * same login.
   * @returns the login, or undefined if there is another administrator
   */
  async ensureAdministrator(
    em: EntityManager,
    id: string,
    password: string,
  ): Promise<{ username: string; password: string } | undefined> {
    const login = { username: 'admin', password };
    const administrators = (manager: EntityManager) =>
      manager.execute<{ id: string }[]>(`select id from identity.users where 'ADMIN' = any(roles)`);
    const isMade = (existing: { id: string }[]) => existing.some((user) => user.id === id);
    const existing = await administrators(em);
    if (existing.length > 0) return isMade(existing) ? login : undefined;
    const passwordHash = await this.deps.passwords.hash(password);
    return em.transactional(async (tx) => {
      await tx.execute(`select pg_advisory_xact_lock(hashtext('identity: first administrator'))`);
      const others = await administrators(tx);
      if (others.length > 0) return isMade(others) ? login : undefined;
      const roles = [Role.ADMIN, Role.USER];
      await createUser(tx, { id, username: login.username, displayName: 'Administrator', passwordHash, roles });
      const act = { action: 'account.first-administrator', targetType: 'User', targetId: id };
      await this.deps.audit.record(tx, act);
      return login;
    });
  }
}

const withProblem = (field: string, problem: string | undefined) =>
  problem === undefined ? undefined : { [field]: `${field} ${problem}.` };
