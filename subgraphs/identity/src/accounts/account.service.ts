/** Makes accounts and lets them in. */
import type { Client } from '@chat/kit/auth/client';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, conflict, unauthenticated } from '@chat/kit/errors';
import { textProblem } from '@chat/kit/graphql/text';
import { newId } from '@chat/kit/ids';
import { UniqueConstraintViolationException, type RequiredEntityData } from '@mikro-orm/core';
import { randomBytes } from 'node:crypto';
import type { PasswordHasher } from '../passwords/password-hasher';
import { passwordProblem } from '../passwords/password-rules';
import { Role } from '../roles/role';
import type { OpenSession, SessionService } from '../sessions/session.service';
import { UserEntity } from '../users/user.entity';
import type { UserService } from '../users/user.service';
import { emailKey, nameKey, usernameProblem } from '../users/username';
import { DISPLAY_NAME_MAX, type LoginInput, type RegisterInput } from './account.input';

export class AccountService {
  constructor(
    private readonly users: UserService,
    private readonly sessions: SessionService,
    private readonly passwords: PasswordHasher,
  ) {}

  /** Makes an account and logs it in. @throws BAD_USER_INPUT or CONFLICT with `fields`. */
  async register(em: EntityManager, input: RegisterInput, client: Client): Promise<OpenSession> {
    const username = input.username.normalize('NFC');
    const email = input.email.trim();
    const problems = {
      ...withProblem('username', usernameProblem(username)),
      ...(passwordProblem(input.password) && { password: passwordProblem(input.password)! }),
    };
    if (Object.keys(problems).length > 0) throw badUserInput(problems);
    await this.refuseTaken(em, username, email);
    const passwordHash = await this.passwords.hash(input.password);
    try {
      return await em.transactional(async (tx) => {
        const user = await createUser(tx, {
          username,
          email,
          displayName: input.displayName?.trim() ?? username,
          passwordHash,
          roles: [Role.USER],
        });
        return this.sessions.open(tx, user, client);
      });
    } catch (error) {
      if (error instanceof UniqueConstraintViolationException) await this.refuseTaken(em.fork(), username, email);
      throw error;
    }
  }

  /** @throws UNAUTHENTICATED, the same and after the same time whether the account or the password is wrong. */
  async login(em: EntityManager, { identifier, password }: LoginInput, client: Client): Promise<OpenSession> {
    const user = await this.users.findByIdentifier(em, identifier);
    const isRight = await this.passwords.verify(password, user?.passwordHash);
    if (!user || !isRight) throw unauthenticated('The name or the password is wrong.');
    return em.transactional(async (tx) => {
      if (this.passwords.isOutdated(user.passwordHash!)) user.passwordHash = await this.passwords.hash(password);
      return this.sessions.open(tx, user, client);
    });
  }

  /** An account without password or e-mail that lasts as long as its session. @throws BAD_USER_INPUT on the name. */
  async loginAsGuest(em: EntityManager, displayName: string, client: Client): Promise<OpenSession> {
    const problems = withProblem('displayName', textProblem(displayName, { max: DISPLAY_NAME_MAX }));
    if (problems) throw badUserInput(problems);
    return em.transactional(async (tx) => {
      const user = await createUser(tx, {
        username: `guest-${randomBytes(5).toString('hex')}`,
        displayName: displayName.trim(),
        roles: [Role.GUEST],
      });
      return this.sessions.open(tx, user, client);
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
    const hasAdministrator = () =>
      em.execute<unknown[]>(`select 1 from identity.users where '${Role.ADMIN}' = any(roles) limit 1`);
    if ((await hasAdministrator()).length > 0) return undefined;
    const passwordHash = await this.passwords.hash(password);
    return em.transactional(async (tx) => {
      await tx.execute(`select pg_advisory_xact_lock(hashtext('identity: first administrator'))`);
      if ((await hasAdministrator()).length > 0) return undefined;
      const username = 'admin';
      await createUser(tx, { username, displayName: 'Administrator', passwordHash, roles: [Role.ADMIN, Role.USER] });
      return { username, password };
    });
  }

  private async refuseTaken(em: EntityManager, username: string, email: string): Promise<void> {
    const taken = await em.find(UserEntity, {
      $or: [{ usernameKey: nameKey(username) }, { emailKey: emailKey(email) }],
    });
    const fields = {
      ...(taken.some((user) => user.usernameKey === nameKey(username)) && { username: 'This username is taken.' }),
      ...(taken.some((user) => user.emailKey === emailKey(email)) && { email: 'This e-mail address has an account.' }),
    };
    if (Object.keys(fields).length > 0) throw conflict(Object.values(fields).join(' '), { fields });
  }
}

type NewUser = Pick<UserEntity, 'username' | 'displayName' | 'roles'> &
  Partial<Pick<UserEntity, 'email' | 'passwordHash'>>;

async function createUser(tx: EntityManager, values: NewUser): Promise<UserEntity> {
  const data: RequiredEntityData<UserEntity> = {
    id: newId(),
    email: null,
    passwordHash: null,
    locale: null,
    createdAt: new Date(),
    ...values,
    usernameKey: nameKey(values.username),
    emailKey: values.email ? emailKey(values.email) : null,
  };
  const user = tx.create(UserEntity, data);
  await tx.persist(user).flush();
  return user;
}

const withProblem = (field: string, problem: string | undefined) =>
  problem === undefined ? undefined : { [field]: `${field} ${problem}.` };
