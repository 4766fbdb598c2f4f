/** A messaging subgraph of a test's own, over the run's PostgreSQL and Redis, and people who talk to it as a gateway would for them. */
import type { Viewer } from '@chat/kit/auth/viewer';
import { VIEWER_HEADER, ViewerHeader } from '@chat/kit/auth/viewer-header';
import { loadConfig } from '@chat/kit/config';
import type { Subscribed } from '@chat/kit/graphql/service';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { newId } from '@chat/kit/ids';
import { createTestDatabase } from '@chat/kit/testing/test-database';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { z } from 'zod';
import { messagingVariables, type MessagingConfig } from '../config';
import { createMessaging } from '../create-messaging';

const SECRET_KEY = 'a secret key of at least 32 characters';

// What clients see is compared by value, so results are untyped.
type Data = any;

export interface TestMessaging extends AsyncDisposable {
  config: MessagingConfig;
  subgraph: Subgraph;
  /** Somebody new, with an account of this role. */
  person(role?: 'USER' | 'GUEST' | 'ADMIN' | 'MODERATOR'): Person;
  /** Another process over the same database and Redis. */
  startAnother(): Promise<Subgraph>;
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

const PERMISSIONS = {
  GUEST: ['READ'],
  USER: ['READ', 'WRITE'],
  MODERATOR: ['READ', 'WRITE', 'DELETE'],
  ADMIN: ['READ', 'WRITE', 'DELETE', 'MANAGE'],
};

/** `env` sets variables of the process otherwise than by default. */
export async function startTestMessaging(env: Record<string, string> = {}): Promise<TestMessaging> {
  const configure = (url: string) =>
    loadConfig(z.object(messagingVariables), {
      DATABASE_URL: url,
      REDIS_URL: testRedisUrl(),
      REDIS_PREFIX: prefix,
      SECRET_KEY,
      LOG_LEVEL: 'error',
      ...env,
    });
  const prefix = testRedisPrefix();
  const database = await createTestDatabase('messaging', async (url) => {
    await using migrated = await createMessaging(configure(url));
    await migrated.ready();
  });
  const config = configure(database.url);
  const started: Subgraph[] = [];
  const start = async () => {
    const subgraph = await createMessaging(config);
    started.push(subgraph);
    await subgraph.ready();
    return subgraph;
  };
  const subgraph = await start();
  const headers = new ViewerHeader(SECRET_KEY);
  return {
    config,
    subgraph,
    startAnother: start,
    person(role = 'USER') {
      const id = newId();
      const viewer: Viewer = {
        id,
        sessionId: newId(),
        roles: [role],
        permissions: PERMISSIONS[role],
        expiresAt: Math.floor(Date.now() / 1000) + 3600,
      };
      return new Person(
        () => subgraph.service,
        () => headers.sign(viewer),
        id,
      );
    },
    async [Symbol.asyncDispose]() {
      for (const running of started) await running[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

/** A new channel of `owner`, with `members`. @returns its id. */
export async function createChannel(
  owner: Person,
  { type = 'PRIVATE', members = [] }: { type?: 'PUBLIC' | 'PRIVATE'; members?: Person[] } = {},
): Promise<string> {
  const input = { name: 'a channel', type, memberIds: members.map(({ id }) => id) };
  const data = await owner.does('mutation ($input: CreateChannelInput!) { createChannel(input: $input) { id } }', {
    input,
  });
  return data.createChannel.id as string;
}

/** Sends a message. @returns what was selected. */
export async function send(
  author: Person,
  channelId: string,
  body: string,
  { select = 'id', ...more }: { select?: string; parentId?: string; clientMutationId?: string } = {},
): Promise<Data> {
  const data = await author.does(`mutation ($input: SendMessageInput!) { sendMessage(input: $input) { ${select} } }`, {
    input: { channelId, body, ...more },
  });
  return data.sendMessage;
}
