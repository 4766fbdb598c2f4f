/** A subgraph over the PostgreSQL and Redis of the test run, and people with requests as from a gateway. */
import { z } from 'zod';
import type { Viewer } from '../auth/viewer';
import { VIEWER_HEADER, ViewerHeader } from '../auth/viewer-header';
import { loadConfig } from '../config';
import type { Subscribed } from '../graphql/service';
import type { Subgraph } from '../graphql/subgraph';
import { newId } from '../ids';
import { type Answer, Person, type Transport, type Variables } from './person';
import { createTestDatabase } from './test-database';
import { testRedisPrefix, testRedisUrl } from './test-redis';

/** Signs the viewers of all tests. */
export const TEST_SECRET_KEY = 'a secret key that only tests have, at least';

export interface TestSubgraph<
  Config,
  Started extends Subgraph,
  Somebody extends Person = Person,
> extends AsyncDisposable {
  config: Config;
  subgraph: Started;
  /** A new person with an account of this role. */
  person(role?: keyof typeof PERMISSIONS): Somebody;
  /** The account of `person` with an API key. */
  byKey(person: Person, keyId: string, scope?: string[]): Somebody;
  /** The same person in another process of the subgraph. */
  elsewhere(person: Person, subgraph: Subgraph): Somebody;
  /** The same person at a process with this address, for queries and mutations. */
  overHttp(person: Person, url: string): Somebody;
  /** Another process over the same database and Redis. */
  startAnother(): Promise<Started>;
}

/** Calls the subgraph in process, with the signed header of a gateway. */
class InProcess implements Transport {
  constructor(
    private readonly service: Subgraph['service'],
    /** Signs each request anew: a signature is valid for one minute. */
    private readonly sign: () => string,
  ) {}

  private call(headers: Record<string, string> = {}) {
    return { headers: { [VIEWER_HEADER]: this.sign(), ...headers } };
  }

  async execute(query: string, variables?: Variables, headers?: Record<string, string>): Promise<Answer> {
    return asSent(await this.service.execute({ query, variables }, this.call(headers)));
  }

  async authorize(query: string, variables?: Variables): Promise<Answer> {
    return asSent(await this.service.authorize({ query, variables }, this.call()));
  }

  async subscribe(query: string, variables?: Variables, headers?: Record<string, string>) {
    const stream: Subscribed = await this.service.subscribe({ query, variables }, this.call(headers));
    if ('errors' in stream) throw new Error(JSON.stringify(stream.errors));
    return {
      next: async () => {
        const { value, done } = await stream.next();
        return done ? { value, done: true as const } : { value: asSent(value) };
      },
      return: async () => {
        await stream.return?.();
        return { value: undefined, done: true as const };
      },
    };
  }
}

/** The process is away, or has ended before its answer. It may have done its work. */
export class ProcessGoneError extends Error {}

/** Calls a process of the subgraph, with the signed header of a gateway. */
class OverHttp implements Transport {
  constructor(
    private readonly url: string,
    private readonly sign: () => string,
  ) {}

  /** @throws ProcessGoneError */
  async execute(query: string, variables?: Variables, headers: Record<string, string> = {}): Promise<Answer> {
    const request = {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers, [VIEWER_HEADER]: this.sign() },
      body: JSON.stringify({ query, variables }),
    };
    try {
      return (await (await fetch(this.url, request)).json()) as Answer;
    } catch (error) {
      throw new ProcessGoneError(this.url, { cause: error });
    }
  }

  subscribe(): never {
    throw new Error('This transport has no subscriptions.');
  }
}

/** A result as a client would receive it. */
const asSent = (result: unknown): Answer => JSON.parse(JSON.stringify(result)) as Answer;

/** The permissions of each role everywhere, as in access tokens. */
const PERMISSIONS = {
  GUEST: ['READ'],
  USER: ['READ', 'WRITE'],
  MODERATOR: ['READ', 'WRITE', 'DELETE'],
  ADMIN: ['READ', 'WRITE', 'DELETE', 'MANAGE'],
};

/**
 * Starts the subgraph that `create` makes from its `variables`.
 * @param env overrides variables of the process
 * @param Somebody the class of its people, with verbs of their own
 */
export async function startTestSubgraph<
  Shape extends z.ZodRawShape,
  Started extends Subgraph,
  Somebody extends Person = Person,
>(
  name: string,
  variables: Shape,
  create: (config: z.output<z.ZodObject<Shape>>) => Promise<Started>,
  env: Record<string, string> = {},
  Somebody = Person as new (transport: Transport, id: string) => Somebody,
): Promise<TestSubgraph<z.output<z.ZodObject<Shape>>, Started, Somebody>> {
  const prefix = testRedisPrefix();
  const configure = (url: string) =>
    loadConfig(z.object(variables), {
      DATABASE_URL: url,
      REDIS_URL: testRedisUrl(),
      REDIS_PREFIX: prefix,
      SECRET_KEY: TEST_SECRET_KEY,
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
  const headers = new ViewerHeader(TEST_SECRET_KEY);
  const viewers = new WeakMap<Person, Viewer>();
  const personOver = (viewer: Viewer, transport: (sign: () => string) => Transport) => {
    const person = new Somebody(
      transport(() => headers.sign(viewer)),
      viewer.id,
    );
    viewers.set(person, viewer);
    return person;
  };
  const personOf = (viewer: Viewer, { service }: Subgraph = subgraph) =>
    personOver(viewer, (sign) => new InProcess(service, sign));
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
      return personOf(viewer);
    },
    elsewhere: (person, another) => personOf(viewers.get(person)!, another),
    overHttp: (person, url) => personOver(viewers.get(person)!, (sign) => new OverHttp(url, sign)),
    byKey(person, keyId, scope = ['READ', 'WRITE']) {
      const viewer = viewers.get(person)!;
      const permissions = viewer.permissions.filter((permission) => scope.includes(permission));
      return personOf({ ...viewer, sessionId: keyId, permissions, scope });
    },
    async [Symbol.asyncDispose]() {
      for (const running of started) await running[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
