/** Creates accounts for administrators and for commands on the server. Registration and guests are in account.service.ts. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import { checkAll, refuseWrong } from '@chat/kit/graphql/wrong-fields';
import type { Jobs } from '@chat/kit/jobs/jobs';
import type { AuditService } from '../audit/audit.service';
import type { PasswordHasher } from '../passwords/password-hasher';
import { passwordProblem } from '../passwords/password-rules';
import { Role } from '../permissions/role';
import { createUser, refusingTaken, takenFields } from '../users/create-user';
import type { UserEntity } from '../users/user.entity';
import { usernameProblem } from '../users/username';
import type { CreateUserInput } from './account.input';
import { CLAIMED_MAIL_TASK } from './email.service';
import { canonicalLocale } from './locale';
import { WELCOME_MAIL_TASK } from './password.service';

export interface AccountCreatorDeps {
  audit: AuditService;
  jobs: Jobs;
  passwords: PasswordHasher;
  /** Minimum length of passwords, in characters. */
  minPasswordLength: () => number;
}

export class AccountCreator {
  constructor(private readonly deps: AccountCreatorDeps) {}

  /**
   * Creates an account. Without a password, mails a link that sets one.
   * @throws BAD_USER_INPUT or CONFLICT with `fields`
   */
  async createUser(em: EntityManager, input: CreateUserInput): Promise<UserEntity> {
    const { audit, jobs, passwords } = this.deps;
    await this.checkInput(input).catch(async (refusal: unknown) => {
      await this.checkUser(em, input);
      throw refusal;
    });
    const username = input.username.normalize('NFC');
    const passwordHash = input.password == null ? null : await passwords.hash(input.password);
    return refusingTaken(em, { username }, async (tx) => {
      const user = await createUser(tx, {
        username,
        email: input.email?.trim() ?? null,
        displayName: input.displayName?.trim() ?? username,
        passwordHash,
        roles: rolesWith(input.role),
        locale: input.locale ? canonicalLocale(input.locale)! : null,
      });
      const { id, email, roles } = user;
      if (email !== null) await jobs.enqueue(tx, CLAIMED_MAIL_TASK, { userId: id });
      if (passwordHash === null) await jobs.enqueue(tx, WELCOME_MAIL_TASK, { userId: id });
      const details = { roles, isMailed: passwordHash === null };
      await audit.record(tx, { action: 'account.create', targetType: 'User', targetId: id, details });
      return user;
    });
  }

  /** For an account that is refused anyway: a taken name counts as a wrong field. @throws BAD_USER_INPUT with all wrong fields */
  async checkUser(em: EntityManager, input: CreateUserInput): Promise<void> {
    await checkAll(
      () => this.checkInput(input),
      async () => refuseWrong(await takenFields(em, input.username.normalize('NFC'))),
    );
  }

  private async checkInput({ username, email, displayName, password, role }: CreateUserInput): Promise<void> {
    const name = username.normalize('NFC');
    const problem = usernameProblem(name);
    const names = [name, email?.trim(), displayName];
    const weak =
      password == null ? undefined : passwordProblem(password, { minLength: this.deps.minPasswordLength(), names });
    await checkAll(
      () => refuseWrong(problem ? { username: `username ${problem}.` } : {}),
      () => refuseWrong(weak ? { password: weak } : {}),
      () => {
        if (password == null && email == null)
          throw badUserInput({ email: 'Give a password, or an e-mail address for the link that sets one.' });
      },
      () => {
        if (role === Role.GUEST)
          throw badUserInput({ role: 'GUEST is for accounts that came in without registering.' });
      },
    );
  }
}

/** The roles of an account with one built-in role. Every role includes that of a user. */
export const rolesWith = (role: Role | null | undefined): Role[] =>
  role == null || role === Role.USER ? [Role.USER] : [role, Role.USER];
