/** Composition root of the identity subgraph. The features are listed in features.ts. */
import { watchAccessChanges } from '@chat/identity-client/access/access-changes';
import { Grants } from '@chat/identity-client/access/grants';
import type { EndedSessions, FindChangedRoles, TokenIntrospector } from '@chat/identity-client/sessions/introspection';
import { LiveSettings } from '@chat/identity-client/settings/live-settings';
import { clientFrom } from '@chat/kit/auth/client';
import { newId } from '@chat/kit/ids';
import { createFeatureSubgraph, type BaseParts } from '@chat/kit/graphql/feature-subgraph';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { AccessNews } from './access/access-news';
import { ensureAssistant } from './accounts/ensure-assistant';
import { AttemptLimits } from './accounts/attempt-limits';
import type { IdentityConfig } from './config';
import type { IdentityContext } from './context';
import { definition } from './definition';
import type { IdentityParts, IdentitySettings } from './feature';
import { features } from './features';
import { createMailer } from './mail/mailer';
import { PasswordHasher } from './passwords/password-hasher';

export interface Identity extends Subgraph {
  /**
   * Creates the first administrator. Call it after `ready()`. Generates a password if none is given.
   * @returns the login, or undefined if there is an administrator already
   */
  ensureAdministrator(password?: string): Promise<{ username: string; password: string } | undefined>;
  /** Introspects API keys and access tokens for a gateway in the same process. Other gateways use HTTP. */
  introspectToken: TokenIntrospector;
  /** Finds ended sessions among the given ones, likewise. */
  endedSessions: EndedSessions;
  /** Finds changed roles, likewise. */
  changedRoles: FindChangedRoles;
}

type Shared = Omit<IdentityParts, keyof BaseParts<IdentityConfig>>;

export async function createIdentity(config: IdentityConfig): Promise<Identity> {
  const subgraph = await createFeatureSubgraph<IdentityConfig, typeof features, Shared, IdentityContext>({
    definition,
    config,
    features,
    migrations: join(__dirname, 'migrations'),
    share,
    context: ({ grants }, headers, self) => ({
      client: clientFrom(headers),
      grants,
      enter(session) {
        self().viewer = session.viewer;
        return session;
      },
    }),
    async prepare({ database, fork, settings }) {
      await database.retryOutages(() => settings.refresh());
      await database.retryOutages(() => ensureAssistant(fork()));
    },
    concurrency: 2,
  });
  const { accounts, changedRoles, endedSessions, introspectToken } = subgraph.services;
  return {
    ...subgraph,
    async ensureAdministrator(password = config.ADMIN_PASSWORD) {
      let made: { username: string; password: string } | undefined;
      const { database, fork } = subgraph.parts;
      // The same for each attempt: an earlier one may have been committed, although its answer was lost.
      const id = newId();
      const login = password ?? randomBytes(12).toString('base64url');
      await database.retryOutages(async () => {
        made = await accounts.ensureAdministrator(fork(), id, login);
        if (!made && config.ADMIN_PASSWORD) await accounts.noteAdminPassword(fork(), config.ADMIN_PASSWORD);
      });
      return made;
    },
    introspectToken,
    endedSessions,
    changedRoles,
  };
}

function share({ config, disposal, fork, log, redis, subscriber }: BaseParts<IdentityConfig>): Shared {
  const prefix = config.REDIS_PREFIX;
  const definitions = Object.assign({}, ...features.map((feature) => feature.settings?.(config))) as IdentitySettings;
  const grants = new Grants(fork);
  disposal.defer(watchAccessChanges(subscriber, ({ userId }) => grants.forget(userId), prefix));
  const accessLifetimeMs = config.ACCESS_TOKEN_LIFETIME_SECONDS * 1000;
  const workers = config.PASSWORD_WORKERS || Math.max(1, availableParallelism() - 1);
  return {
    definitions,
    grants,
    accountRows: features.flatMap((feature) => [...(feature.accountRows ?? [])]),
    settings: disposal.use(new LiveSettings({ fork, redis, subscriber, log, prefix }, Object.values(definitions))),
    mailer: createMailer(config.SMTP_URL, config.MAIL_FROM, join(config.DATA_DIR, 'mail'), log),
    access: disposal.use(new AccessNews(redis, prefix, accessLifetimeMs, fork, log)),
    hasher: disposal.use(new PasswordHasher(config.BCRYPT_COST, workers)),
    limits: new AttemptLimits(redis, prefix, {
      perAccount: config.LOGIN_ATTEMPTS_PER_ACCOUNT,
      perAccountEverywhere: config.LOGIN_ATTEMPTS_PER_ACCOUNT_EVERYWHERE,
      perAddress: config.LOGIN_ATTEMPTS_PER_ADDRESS,
      newPerAddress: config.NEW_ACCOUNTS_PER_ADDRESS,
    }),
  };
}
