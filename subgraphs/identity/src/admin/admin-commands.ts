/** The commands behind `npm run admin`, on an open database. Each returns the lines that it prints. */
import { Database, type EntityManager } from '@chat/kit/database/database';
import { migrationsIn } from '@chat/kit/database/migrations-in';
import { nameKey } from '@chat/identity-client/directory/directory';
import { badUserInput } from '@chat/kit/errors';
import { Jobs } from '@chat/kit/jobs/jobs';
import { createLogger } from '@chat/kit/logging';
import { StartupError } from '@chat/kit/process/startup-error';
import { validate } from 'class-validator';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { AccountCreator } from '../accounts/account-creator';
import { CreateUserInput } from '../accounts/account.input';
import { setPassword } from '../accounts/set-password';
import { AuditService } from '../audit/audit.service';
import type { IdentityConfig } from '../config';
import { entities } from '../entities';
import { CreateInvitationInput } from '../invitations/invitation.input';
import { InvitationService } from '../invitations/invitation.service';
import { PasswordHasher } from '../passwords/password-hasher';
import { passwordProblem } from '../passwords/password-rules';
import type { Role } from '../permissions/role';
import { UserEntity } from '../users/user.entity';

/** How long the database may take to answer, in milliseconds. */
const PATIENCE_MS = 20_000;
const DAY_MS = 86_400_000;

export type AdminConfig = Pick<IdentityConfig, 'PUBLIC_URL' | 'BCRYPT_COST' | 'PASSWORD_MIN_LENGTH'>;

export interface AdminOptions {
  role?: Role;
  email?: string;
  name?: string;
  locale?: string;
  uses?: number;
  days?: number;
}

export class AdminCommands implements AsyncDisposable {
  private readonly audit = new AuditService();

  private constructor(
    private readonly database: Database,
    private readonly jobs: Jobs,
    private readonly hasher: PasswordHasher,
    private readonly config: AdminConfig,
    private readonly parts: AsyncDisposableStack,
  ) {}

  /** Migrates identity's schema if it is older, as a start does. @throws StartupError if the database does not answer in time */
  static async open(url: string, config: AdminConfig): Promise<AdminCommands> {
    await using parts = new AsyncDisposableStack();
    const log = createLogger('admin', 'error');
    const migrations = migrationsIn(join(__dirname, '../migrations'));
    const database = parts.use(
      await Database.open({ url, schema: 'identity', entities, migrations, poolSize: 2, log }),
    );
    const jobs = parts.use(new Jobs('identity', database, log));
    const hasher = parts.use(new PasswordHasher(config.BCRYPT_COST, 1));
    const { promise: tooLate, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(
        new StartupError(`PostgreSQL at ${new URL(url).host} does not answer. Check DATABASE_URL and the server.`),
      );
    }, PATIENCE_MS);
    parts.defer(() => clearTimeout(timer));
    await Promise.race([database.ready(() => jobs.migrate()), tooLate]);
    return new AdminCommands(database, jobs, hasher, config, parts.move());
  }

  /** Ends all sessions and API keys of the account. @throws StartupError if there is no such account */
  async resetPassword(username: string, given?: string): Promise<string[]> {
    const em = this.database.fork();
    const user = await this.accountOf(em, username);
    const password = given ?? generated();
    const minLength = await this.minPasswordLength(em);
    const names = [user.username, user.email, user.displayName];
    const problem = passwordProblem(password, { minLength, names });
    if (problem) throw badUserInput({ password: problem });
    const passwordHash = await this.hasher.hash(password);
    await em.transactional((tx) =>
      setPassword(tx, this.audit, {
        userId: user.id,
        passwordHash,
        action: 'password.reset-by-command',
        endsKeys: true,
      }),
    );
    return [
      given === undefined
        ? `New password of ${user.username}: ${password}`
        : `The password of ${user.username} is set.`,
      'Its sessions and API keys have ended.',
      ...(user.deactivatedAt
        ? ['The account is deactivated: an administrator must reactivate it before it can log in.']
        : []),
    ];
  }

  /** Generates a password, unless one is given. */
  async createUser(username: string, { role, email, name, locale }: AdminOptions, given?: string): Promise<string[]> {
    const em = this.database.fork();
    const minLength = await this.minPasswordLength(em);
    const password = given ?? generated();
    const input = Object.assign(new CreateUserInput(), { username, role, email, locale, displayName: name, password });
    await refuseInvalid(input);
    const { audit, jobs, hasher: passwords } = this;
    const creator = new AccountCreator({ audit, jobs, passwords, minPasswordLength: () => minLength });
    const user = await creator.createUser(em, input);
    return [
      `Created ${user.username} (${user.roles.join(', ')}).`,
      ...(given === undefined ? [`Password: ${password}`] : []),
    ];
  }

  async invite({ role, email, locale, uses, days }: AdminOptions): Promise<string[]> {
    const expiresAt = days === undefined ? undefined : new Date(Date.now() + days * DAY_MS);
    const input = Object.assign(new CreateInvitationInput(), { role, email, locale, maxUses: uses, expiresAt });
    await refuseInvalid(input);
    const { audit, jobs } = this;
    const invitations = new InvitationService({ audit, jobs, publicUrl: this.config.PUBLIC_URL.replace(/\/$/, '') });
    const { invitation, token, url } = await invitations.createInvitation(this.database.fork(), input, null);
    const accounts = invitation.maxUses === 1 ? 'one account' : `${invitation.maxUses} accounts`;
    return [
      `Invitation for ${accounts} (${invitation.role}), until ${invitation.expiresAt.toISOString()}:`,
      url,
      `Token for register(input: { invitation: … }): ${token}`,
      ...(email ? [`A mail to ${email} is queued; a running installation sends it.`] : []),
    ];
  }

  private async accountOf(em: EntityManager, username: string): Promise<UserEntity> {
    const user = await em.findOne(UserEntity, { usernameKey: nameKey(username), deletedAt: null });
    if (user && !user.isBot) return user;
    if (user) throw new StartupError(`${user.username} is a service account, which has no password.`);
    const administrators = await em.execute<{ username: string }[]>(
      `select username from identity.users where 'ADMIN' = any(roles) and deleted_at is null order by created_at limit 10`,
    );
    const names = administrators.map((one) => one.username).join(', ');
    throw new StartupError(`There is no account ${username}. Administrators: ${names || 'none'}.`);
  }

  /** The setting, which may differ from the environment. */
  private async minPasswordLength(em: EntityManager): Promise<number> {
    const [row] = await em.execute<{ value: unknown }[]>(
      `select value from identity.settings where key = 'identity.passwordMinLength'`,
    );
    return typeof row?.value === 'number' ? row.value : this.config.PASSWORD_MIN_LENGTH;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.parts.disposeAsync();
  }
}

const generated = () => randomBytes(12).toString('base64url');

/** The rules of the API's inputs hold for commands, too. */
async function refuseInvalid(input: object): Promise<void> {
  const problems = await validate(input, { skipMissingProperties: true });
  const reasons = problems.flatMap(({ constraints }) => Object.values(constraints ?? {}));
  if (reasons.length > 0) throw new StartupError(reasons.map((reason) => `${reason}.`).join('\n'));
}
