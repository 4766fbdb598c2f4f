/**
 * The whole system over a private database, with its people: in this process, composed as by `npm start`; or as two of each process behind a
 * proxy, if the tests run behind one (harness/behind-proxy.ts).
 */
import { startChroma } from '@chat/kit/embedded/chroma';
import { sql } from '@chat/kit/testing/sql';
import { createTestDatabase } from '@chat/kit/testing/test-database';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadStandaloneConfig } from '../../../standalone/src/config';
import { startStandalone } from '../../../standalone/src/start-standalone';
import { behindProxy, migratedDatabase } from '../../harness/behind-proxy';
import { type Distributed, startDistributed } from '../../harness/distributed';
import { type Login, Nobody, Person } from './person';

export const PASSWORD = 'violet tractor gymnast';

/** One system per test file. Its areas share it, but only the people they create. */
export class System implements AsyncDisposable {
  /** `http://…/graphql`. */
  url!: string;
  nobody!: Nobody;
  /** The first administrator. */
  admin!: Person;
  private databaseUrl!: string;
  /** Variables that every process of this system has. */
  private shared: Record<string, string> = {};
  private distributed: Distributed | undefined;
  private readonly parts = new AsyncDisposableStack();
  private readonly met = new AsyncDisposableStack();
  private known = 0;

  /** Starts it with bcrypt at its lowest cost and no rate limit; `env` sets further variables. */
  async start(env: Record<string, string> = {}): Promise<void> {
    const dataDir = await mkdtemp(join(tmpdir(), 'chat-conformance-'));
    this.parts.defer(() => rm(dataDir, { recursive: true, force: true }));
    this.shared = {
      REDIS_URL: testRedisUrl(),
      REDIS_PREFIX: testRedisPrefix(),
      DATA_DIR: dataDir,
      SECRET_KEY: 'a secret of the whole system, 32 characters',
      ADMIN_PASSWORD: PASSWORD,
      BCRYPT_COST: '4',
      PASSWORD_WORKERS: '1',
      RATE_LIMIT_PER_MINUTE: '0',
      ...env,
    };
    if (behindProxy()) await this.startProcesses();
    else await this.startHere();
    this.parts.use(this.met);
    this.nobody = this.met.use(new Nobody(this.url));
    this.admin = await this.login('admin');
  }

  private async startHere(): Promise<void> {
    const settings = (DATABASE_URL: string) =>
      loadStandaloneConfig({ DATABASE_URL, PORT: '0', LOG_LEVEL: 'silent', ...this.shared });
    const database = this.parts.use(
      await createTestDatabase('system', async (url) => {
        await using migrated = await startStandalone(settings(url));
        await migrated.ready;
      }),
    );
    this.databaseUrl = database.url;
    const standalone = this.parts.use(await startStandalone(settings(database.url)));
    await standalone.ready;
    this.url = standalone.url;
  }

  private async startProcesses(): Promise<void> {
    const { REDIS_URL = '', REDIS_PREFIX = '', DATA_DIR = '' } = this.shared;
    const database = this.parts.use(await migratedDatabase());
    this.databaseUrl = database.url;
    const chroma = this.parts.use(await startChroma({ dir: join(DATA_DIR, 'chroma') }));
    this.distributed = this.parts.use(
      await startDistributed({
        databaseUrl: database.url,
        redisUrl: REDIS_URL,
        redisPrefix: REDIS_PREFIX,
        copies: 2,
        env: { CHROMA_URL: chroma.url, ...this.shared },
      }),
    );
    this.url = this.distributed.urls[0]!;
  }

  /** The page of metrics of each process. */
  async metrics(): Promise<string[]> {
    if (this.distributed) return this.distributed.metrics();
    return [await (await fetch(new URL('/metrics', this.url))).text()];
  }

  /** The processes in which a subgraph runs. */
  pidsOf(subgraph: string): number[] {
    return this.distributed?.subgraphs[subgraph]?.map(({ pid }) => pid) ?? [process.pid];
  }

  /** The variables of a further process of a subgraph beside those of this system. */
  processEnv(): Record<string, string> {
    return { ...this.shared, DATABASE_URL: this.databaseUrl, PORT: '0', GATEWAY_URL: new URL(this.url).origin };
  }

  /** Registers an account with a unique username that begins with `name`; its display name is the username in capitals. */
  async person(name: string): Promise<Person> {
    const username = `${name}${++this.known}`;
    const input = {
      username,
      email: `${username}@example.org`,
      password: PASSWORD,
      displayName: username.toUpperCase(),
    };
    return this.meet(await this.nobody.does('Register', { input }));
  }

  /** One {@link person} of each name. */
  people<Names extends string[]>(...names: Names): Promise<{ [Index in keyof Names]: Person }> {
    return Promise.all(names.map((name) => this.person(name))) as Promise<{ [Index in keyof Names]: Person }>;
  }

  async guest(displayName: string): Promise<Person> {
    return this.meet(await this.nobody.does('LoginAsGuest', { displayName }));
  }

  /** Another session of an account with {@link PASSWORD}. */
  async login(identifier: string): Promise<Person> {
    return this.meet(await this.nobody.does('Login', { input: { identifier, password: PASSWORD } }));
  }

  /** Rows of the database, for what no operation shows. */
  query(text: string, values: readonly unknown[]): Promise<Record<string, unknown>[]> {
    return sql(this.databaseUrl, text, values);
  }

  private meet(login: Login): Person {
    return this.met.use(new Person(this.url, login));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.parts.disposeAsync();
  }
}
