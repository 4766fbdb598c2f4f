/** Registers accounts and logs them in. */
import type { Client } from '@chat/kit/auth/client';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, forbidden, unauthenticated } from '@chat/kit/errors';
import { textProblem } from '@chat/kit/graphql/text';
import type { LiveSettings } from '@chat/identity-client/settings/live-settings';
import { randomBytes } from 'node:crypto';
import type { AuditService } from '../audit/audit.service';
import type { PasswordHasher } from '../passwords/password-hasher';
import { passwordProblem } from '../passwords/password-rules';
import { Role } from '../permissions/role';
import { isKnownAddress } from '../sessions/known-addresses';
import type { OpenSession, SessionService } from '../sessions/session.service';
import type { IdentitySettings } from '../feature';
import { createUser, refuseTaken, refusingTaken } from '../users/create-user';
import { holdAccount } from '../users/hold-account';
import { UserEntity } from '../users/user.entity';
import type { UserService } from '../users/user.service';
import { emailKey } from '../users/mail-address';
import { DISPLAY_NAME_MAX, usernameProblem } from '../users/username';
import type { LoginInput, RegisterInput } from './account.input';
import type { EmailService } from './email.service';
import type { AttemptLimits } from './attempt-limits';

export interface AccountServiceDeps {
  users: UserService;
  emails: EmailService;
  sessions: SessionService;
  passwords: PasswordHasher;
  limits: AttemptLimits;
  audit: AuditService;
  settings: LiveSettings;
  definitions: IdentitySettings;
}

export class AccountService {
  constructor(private readonly deps: AccountServiceDeps) {}

  /**
   * Creates an account and logs it in. Neither the answer nor its timing reveals whether another account has the e-mail address:
   * until one of them confirms it, both only claim it.
   * @throws BAD_USER_INPUT or CONFLICT with `fields`; FORBIDDEN if registration is off
   */
  async register(em: EntityManager, input: RegisterInput, client: Client): Promise<OpenSession> {
    const { settings, definitions, limits, passwords, sessions, emails } = this.deps;
    if (!settings.get(definitions.registration)) throw forbidden('Registration is off on this installation.');
    const username = input.username.normalize('NFC');
    const email = input.email.trim();
    const problem = passwordProblem(input.password, {
      minLength: settings.get(definitions.passwordMinLength),
      names: [username, email, input.displayName],
    });
    const problems = { ...withProblem('username', usernameProblem(username)), ...(problem && { password: problem }) };
    if (Object.keys(problems).length > 0) throw badUserInput(problems);
    await limits.create(client.address);
    await refuseTaken(em, username); // before the expensive hash
    const passwordHash = await passwords.hash(input.password);
    const displayName = input.displayName?.trim() ?? username;
    return refusingTaken(em, { username }, async (tx) => {
      const user = await createUser(tx, { username, email, displayName, passwordHash, roles: [Role.USER] });
      await emails.noteRegistration(tx, user);
      return sessions.open(tx, user, client, 'account.register');
    });
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
   * Creates the account `admin` if the installation has no administrator yet. Generates a password if none is given.
   * @returns the login, or undefined if there is an administrator already
   */
  async ensureAdministrator(
    em: EntityManager,
    password = randomBytes(12).toString('base64url'),
  ): Promise<{ username: string; password: string } | undefined> {
    const hasAdministrator = async (manager: EntityManager) =>
      (await manager.execute<unknown[]>(`select 1 from identity.users where 'ADMIN' = any(roles) limit 1`)).length > 0;
    if (await hasAdministrator(em)) return undefined;
    const passwordHash = await this.deps.passwords.hash(password);
    return em.transactional(async (tx) => {
      await tx.execute(`select pg_advisory_xact_lock(hashtext('identity: first administrator'))`);
      if (await hasAdministrator(tx)) return undefined;
      const username = 'admin';
      const roles = [Role.ADMIN, Role.USER];
      const { id } = await createUser(tx, { username, displayName: 'Administrator', passwordHash, roles });
      const act = { action: 'account.first-administrator', targetType: 'User', targetId: id };
      await this.deps.audit.record(tx, act);
      return { username, password };
    });
  }
}

const withProblem = (field: string, problem: string | undefined) =>
  problem === undefined ? undefined : { [field]: `${field} ${problem}.` };
