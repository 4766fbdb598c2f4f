/** Puts the identity subgraph together and starts what runs in its background. */
import { buildSubgraph } from '@chat/kit/graphql/build-schema';
import { openRuntime } from '@chat/kit/graphql/runtime';
import { SchemaService } from '@chat/kit/graphql/schema-service';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { AccountService } from './accounts/account.service';
import type { IdentityConfig } from './config';
import { contextFactory } from './context';
import { definition } from './definition';
import { migrations } from './migrations';
import { PasswordHasher } from './passwords/password-hasher';
import { SessionEntity } from './sessions/session.entity';
import { SessionRevoker } from './sessions/session-revoker';
import { SessionService } from './sessions/session.service';
import { Tokens } from './sessions/tokens';
import { UserEntity } from './users/user.entity';
import { UserService } from './users/user.service';

export interface Identity extends Subgraph {
  /**
   * Makes the first administrator, once `ready()`. Give no password to have one generated.
   * @returns the login; undefined where the installation has an administrator already.
   */
  ensureAdministrator(password?: string): Promise<{ username: string; password: string } | undefined>;
}

export async function createIdentity(config: IdentityConfig): Promise<Identity> {
  const runtime = await openRuntime(config, {
    name: definition.name,
    entities: [UserEntity, SessionEntity],
    migrations,
  });
  const { database, redis, log, viewerHeader } = runtime;
  const fork = () => database.fork();

  const passwords = new PasswordHasher(config.BCRYPT_COST, config.PASSWORD_WORKERS);
  const tokens = new Tokens(config.SECRET_KEY, config.ACCESS_TOKEN_LIFETIME_SECONDS);
  const revoker = new SessionRevoker(redis, config.REDIS_PREFIX, tokens.accessLifetimeSeconds * 1000, fork, log);
  const users = new UserService();
  const sessions = new SessionService(tokens, revoker, config.REFRESH_TOKEN_LIFETIME_DAYS);
  const accounts = new AccountService(users, sessions, passwords);

  return {
    name: definition.name,
    service: new SchemaService({
      schema: buildSubgraph(definition),
      viewerHeader,
      createContext: contextFactory(runtime, { users, sessions, accounts }),
      log,
    }),
    ready: () => database.ready(),
    isHealthy: () => runtime.isHealthy(),
    ensureAdministrator: (password = config.ADMIN_PASSWORD) => accounts.ensureAdministrator(fork(), password),
    async [Symbol.asyncDispose]() {
      await revoker[Symbol.asyncDispose]();
      await passwords[Symbol.asyncDispose]();
      await runtime[Symbol.asyncDispose]();
    },
  };
}
