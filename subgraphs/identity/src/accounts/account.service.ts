/** Makes accounts and lets them in. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, forbidden, unauthenticated } from '@chat/kit/errors';
import { textProblem } from '@chat/kit/graphql/text';
import type { LiveSettings } from '@chat/identity-client/settings/live-settings';
import { randomBytes } from 'node:crypto';
import { SYSTEM, type Actor } from '../audit/actor';
import type { AuditService } from '../audit/audit.service';
import type { PasswordHasher } from '../passwords/password-hasher';
import { passwordProblem } from '../passwords/password-rules';
import { Role } from '../roles/role';
import { isKnownAddress } from '../sessions/known-addresses';
import type { OpenSession, SessionService } from '../sessions/session.service';
import type { IdentitySettings } from '../feature';
import { createUser, refuseTaken, refusingTaken } from '../users/create-user';
import { holdAccount } from '../users/hold-account';
import { UserEntity } from '../users/user.entity';
import type { UserService } from '../users/user.service';
import { emailKey } from '../users/mail-address';
import { usernameProblem } from '../users/username';
import { DISPLAY_NAME_MAX, type LoginInput, type RegisterInput } from './account.input';
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
   * Makes an account and logs it in. The answer, and its time, are the same whether another account has the e-mail address or not:
   * until one of them confirms the address, both merely claim it.
   * @throws BAD_USER_INPUT or CONFLICT with `fields`, FORBIDDEN if it is switched off
   */
  async register(em: EntityManager, input: RegisterInput, actor: Actor): Promise<OpenSession> {
    const { settings, definitions, limits, passwords, sessions, emails } = this.deps;
    if (!settings.get(definitions.registration)) throw forbidden('Registration is switched off here.');
    const username = input.username.normalize('NFC');
    const email = input.email.trim();
    const problem = passwordProblem(input.password, {
      minLength: settings.get(definitions.passwordMinLength),
      names: [username, email, input.displayName],
    });
    const problems = { ...withProblem('username', usernameProblem(username)), ...(problem && { password: problem }) };
    if (Object.keys(problems).length > 0) throw badUserInput(problems);
    await limits.create(actor.client.address);
    await refuseTaken(em, username); // before the costly part
    const passwordHash = await passwords.hash(input.password);
    const displayName = input.displayName?.trim() ?? username;
    return refusingTaken(em, { username }, async (tx) => {
      const user = await createUser(tx, { username, email, displayName, passwordHash, roles: [Role.USER] });
      await emails.noteRegistration(tx, user);
      return sessions.open(tx, user, actor, 'account.register');
    });
  }

  /**
   * @throws UNAUTHENTICATED, the same and after the same time whether the account or the password is wrong or the
   * account is deactivated; RATE_LIMITED after too many of those.
   */
  async login(em: EntityManager, { identifier, password }: LoginInput, actor: Actor): Promise<OpenSession> {
    const { users, limits, sessions, passwords } = this.deps;
    const candidates = await users.findByIdentifier(em, identifier);
    const known = candidates.find((candidate) => candidate !== null);
    const { address } = actor.client;
    const attempt = async (noteWrong: () => void) => {
      const refuse = (user: UserEntity | undefined) => {
        noteWrong();
        return this.refuseLogin(em, user, actor);
      };
      // All of them, whichever is right, so that the time says nothing about how many accounts there are.
      const checks = candidates.map((candidate) => passwords.verify(password, candidate?.passwordHash));
      const isRight = await Promise.all(checks);
      const right = candidates.find((candidate, index) => candidate?.isActive && isRight[index]);
      if (!right) return refuse(known);
      const user = await em.findOneOrFail(UserEntity, right.id);
      const checked = right.passwordHash;
      const newHash = passwords.isOutdated(checked!) ? await passwords.hash(password) : undefined;
      const opened = await em.transactional(async (tx) => {
        await holdAccount(tx, user);
        // Checking took a while: by now it may be another password, or the account may be out.
        return user.isActive && user.passwordHash === checked
          ? sessions.open(tx, user, actor, 'session.login')
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

  private async refuseLogin(em: EntityManager, user: UserEntity | undefined, actor: Actor): Promise<never> {
    await em.transactional((tx) =>
      this.deps.audit.record(tx, actor, 'session.login-refused', user ? { type: 'User', id: user.id } : undefined),
    );
    throw unauthenticated('The name or the password is wrong.');
  }

  /** An account without password or e-mail. @throws BAD_USER_INPUT on the name, FORBIDDEN where it is switched off. */
  async loginAsGuest(em: EntityManager, displayName: string, actor: Actor): Promise<OpenSession> {
    const { settings, definitions, limits, sessions } = this.deps;
    if (!settings.get(definitions.guests)) throw forbidden('Guests are not let in here.');
    const problem = withProblem('displayName', textProblem(displayName, { max: DISPLAY_NAME_MAX }));
    if (problem) throw badUserInput(problem);
    await limits.create(actor.client.address);
    return em.transactional(async (tx) => {
      const user = await createUser(tx, {
        username: `guest-${randomBytes(5).toString('hex')}`,
        displayName: displayName.trim(),
        roles: [Role.GUEST],
      });
      return sessions.open(tx, user, actor, 'session.guest');
    });
  }

  /**
   * Makes the account `admin` where the installation has no administrator yet.
   * @returns its login, with a generated password where none is given; undefined where there was nothing to do.
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
      await this.deps.audit.record(tx, SYSTEM, 'account.first-administrator', { type: 'User', id });
      return { username, password };
    });
  }
}

const withProblem = (field: string, problem: string | undefined) =>
  problem === undefined ? undefined : { [field]: `${field} ${problem}.` };
