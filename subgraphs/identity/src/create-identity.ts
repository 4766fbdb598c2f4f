/** Puts the identity subgraph together and starts what runs in its background. */
import { watchAccessChanges } from '@chat/identity-client/access/access-changes';
import { Grants } from '@chat/identity-client/access/grants';
import {
  API_KEY_PREFIX,
  type EndedSessions,
  type TokenIntrospector,
} from '@chat/identity-client/sessions/introspection';
import { buildSubgraph } from '@chat/kit/graphql/build-schema';
import { openRuntime } from '@chat/kit/graphql/runtime';
import { SchemaService } from '@chat/kit/graphql/schema-service';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { Jobs } from '@chat/kit/jobs/jobs';
import { LiveSettings } from '@chat/identity-client/settings/live-settings';
import { join } from 'node:path';
import { introspectionEndpoint } from './api-keys/introspection-endpoint';
import type { IdentityConfig } from './config';
import { contextFactory } from './context';
import { createServices } from './create-services';
import { definition } from './definition';
import { entities } from './entities';
import { identityJobs, JOB_SCHEDULE } from './jobs';
import { createMailer } from './mail/mailer';
import { migrations } from './migrations';
import { endedSessions } from './sessions/ended-sessions';
import { identitySettings } from './settings/definitions';

export interface Identity extends Subgraph {
  /**
   * Makes the first administrator, once `ready()`. Give no password to have one generated.
   * @returns the login; undefined where the installation has an administrator already.
   */
  ensureAdministrator(password?: string): Promise<{ username: string; password: string } | undefined>;
  /** Whose API key or access token it is: for a gateway in the same process. Others ask over HTTP. */
  introspectToken: TokenIntrospector;
  /** Which sessions are no more: likewise. */
  endedSessions: EndedSessions;
}

export async function createIdentity(config: IdentityConfig): Promise<Identity> {
  await using parts = new AsyncDisposableStack();
  const runtime = parts.use(await openRuntime(config, { name: definition.name, entities, migrations }));
  const { database, redis, subscriber, log, viewerHeader } = runtime;
  const fork = () => database.fork();
  const prefix = config.REDIS_PREFIX;

  const jobs = parts.use(new Jobs(definition.name, database, log));
  const definitions = identitySettings(config);
  const settings = parts.use(new LiveSettings({ fork, redis, subscriber, log, prefix }, Object.values(definitions)));
  const grants = new Grants(fork);
  parts.defer(watchAccessChanges(subscriber, ({ userId }) => grants.forget(userId), prefix));
  const mailer = createMailer(config.SMTP_URL, config.MAIL_FROM, join(config.DATA_DIR, 'mail'), log);
  const services = createServices(config, runtime, { jobs, settings, definitions, grants, mailer }, parts);
  const introspectToken: TokenIntrospector = (token) =>
    (token.startsWith(API_KEY_PREFIX) ? services.apiKeys : services.sessions).introspect(fork(), token);
  const endedAmong: EndedSessions = (ids) => endedSessions(fork(), ids);

  const service = new SchemaService({
    schema: buildSubgraph(definition),
    viewerHeader,
    health: () => runtime.health(),
    createContext: contextFactory(runtime, grants, services),
    log,
  });

  const running = parts.move();
  return {
    name: definition.name,
    service,
    async ready() {
      await database.ready(() => jobs.migrate());
      if (running.disposed) return;
      await database.retryOutages(() => settings.refresh());
      await jobs.start(identityJobs(fork, services, settings, definitions), { concurrency: 2, cron: JOB_SCHEDULE });
    },
    health: () => runtime.health(),
    handleHttp: introspectionEndpoint(introspectToken, endedAmong, viewerHeader),
    ensureAdministrator: async (password = config.ADMIN_PASSWORD) =>
      running.disposed ? undefined : services.accounts.ensureAdministrator(fork(), password),
    introspectToken,
    endedSessions: endedAmong,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
