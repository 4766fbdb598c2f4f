/** A subgraph of a test's own, over the run's PostgreSQL and Redis, and people who talk to it as a gateway would for them. */
import { z } from 'zod';
import type { Viewer } from '../auth/viewer';
import { VIEWER_HEADER, ViewerHeader } from '../auth/viewer-header';
import { loadConfig } from '../config';
import type { Subscribed } from '../graphql/service';
import type { Subgraph } from '../graphql/subgraph';
import { newId } from '../ids';
import { createTestDatabase } from './test-database';
import { testRedisPrefix, testRedisUrl } from './test-redis';

const SECRET_KEY = 'a secret key that only tests have, at least';

// What clients see is compared by value, so results are untyped.
export type Data = any;

export interface TestSubgraph<Config, Started extends Subgraph> extends AsyncDisposable {
  config: Config;
  subgraph: Started;
  /** Somebody new, with an account of this role. */
  person(role?: keyof typeof PERMISSIONS): Person;
  /** The same account by an API key. */
  byKey(person: Person, keyId: string, scope?: string[]): Person;
  /** Another process over the same database and Redis. */
  startAnother(): Promise<Started>;
}

export class Person {
  constructor(
    private readonly service: () => Subgraph['service'],
    /** Signs anew for each request: a signature is good for a minute only. */
    private readonly sign: () => string,
    readonly id: string,
  ) {}

  /** The same person through another process. */
  at(subgraph: Subgraph): Person {
    return new Person(() => subgraph.service, this.sign, this.id);
  }

  private get call() {
    return { headers: { [VIEWER_HEADER]: this.sign() } };
  }

  /** The data of an operation that must succeed. */
  async does(query: string, variables?: Record<string, unknown>): Promise<Data> {
    const { data, errors } = await this.service().execute({ query, variables }, this.call);
    if (errors) throw new Error(JSON.stringify(errors));
    return JSON.parse(JSON.stringify(data));
  }

  /** The `extensions` of the first error of an operation that must fail. */
  async isRefused(query: string, variables?: Record<string, unknown>): Promise<Data> {
    const { data, errors } = await this.service().execute({ query, variables }, this.call);
    if (!errors) throw new Error(`not refused: ${JSON.stringify(data)}`);
    return errors[0]!.extensions;
  }

  async mayFollow(query: string, variables?: Record<string, unknown>): Promise<boolean> {
    return !(await this.service().authorize({ query, variables }, this.call)).errors;
  }

  async follows(
    query: string,
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
  ): Promise<Listening> {
    const call = { headers: { ...this.call.headers, ...headers } };
    const stream: Subscribed = await this.service().subscribe({ query, variables }, call);
    if ('errors' in stream) throw new Error(JSON.stringify(stream.errors));
    return new Listening(stream);
  }
}

/** A subscription that is read when the test wants to. */
export class Listening {
  constructor(private readonly stream: AsyncIterableIterator<unknown>) {}

  /** Waits for one more result. */
  async next(): Promise<Data> {
    const { value, done } = await this.stream.next();
    if (done) throw new Error('the stream has ended');
    return JSON.parse(JSON.stringify(value));
  }

  /** Waits for `count` results and gives their data. */
  async take(count: number): Promise<Data[]> {
    const results: Data[] = [];
    while (results.length < count) results.push((await this.next()).data);
    return results;
  }

  async end(): Promise<void> {
    await this.stream.return?.();
  }
}

/** What a role allows everywhere; the same as in access tokens. */
const PERMISSIONS = {
  GUEST: ['READ'],
  USER: ['READ', 'WRITE'],
  MODERATOR: ['READ', 'WRITE', 'DELETE'],
  ADMIN: ['READ', 'WRITE', 'DELETE', 'MANAGE'],
};

/** `variables` and `create` are the subgraph's own; `env` sets variables of the process otherwise than by default. */
export async function startTestSubgraph<Shape extends z.ZodRawShape, Started extends Subgraph>(
  name: string,
  variables: Shape,
  create: (config: z.output<z.ZodObject<Shape>>) => Promise<Started>,
  env: Record<string, string> = {},
): Promise<TestSubgraph<z.output<z.ZodObject<Shape>>, Started>> {
  const prefix = testRedisPrefix();
  const configure = (url: string) =>
    loadConfig(z.object(variables), {
      DATABASE_URL: url,
      REDIS_URL: testRedisUrl(),
      REDIS_PREFIX: prefix,
      SECRET_KEY,
      LOG_LEVEL: 'error',
      ...env,
    });
  const database = await createTestDatabase(name, async (url) => {
    await using migrated = await create(configure(url));
    await migrated.ready();
  });
  const config = configure(database.url);
  const started: Started[] = [];
  const start = async () => {
    const subgraph = await create(config);
    started.push(subgraph);
    await subgraph.ready();
    return subgraph;
  };
  const subgraph = await start();
  const headers = new ViewerHeader(SECRET_KEY);
  const viewers = new Map<string, Viewer>();
  const personOf = (viewer: Viewer) =>
    new Person(
      () => subgraph.service,
      () => headers.sign(viewer),
      viewer.id,
    );
  return {
    config,
    subgraph,
    startAnother: start,
    person(role = 'USER') {
      const viewer: Viewer = {
        id: newId(),
        sessionId: newId(),
        roles: [role],
        permissions: PERMISSIONS[role],
        expiresAt: Math.floor(Date.now() / 1000) + 3600,
      };
      viewers.set(viewer.id, viewer);
      return personOf(viewer);
    },
    byKey({ id }, keyId, scope = ['READ', 'WRITE']) {
      const viewer = viewers.get(id)!;
      const permissions = viewer.permissions.filter((permission) => scope.includes(permission));
      return personOf({ ...viewer, sessionId: keyId, permissions, scope });
    },
    async [Symbol.asyncDispose]() {
      for (const running of started) await running[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
