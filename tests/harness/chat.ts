/**
 * The whole chat over servers that a test brings: in one process (`npm start`), or as two of each process behind a proxy, if the tests run behind
 * one (behind-proxy.ts).
 */
import { TestProcess } from '@chat/kit/testing/test-process';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';
import { behindProxy } from './behind-proxy';
import { startDistributed } from './distributed';

export interface Chat extends AsyncDisposable {
  /** `http://…/graphql`, or `https://…/graphql` of the proxy. */
  url: string;
  /** `http://…/graphql` of a gateway itself. */
  ownUrl: string;
  /** The output of all processes. */
  output(): string;
  /** The page of metrics of each process. */
  metrics(): Promise<string[]>;
}

/** @param env further variables; they may replace those below */
export async function startChat(env: Record<string, string> & { DATABASE_URL: string }): Promise<Chat> {
  const variables = {
    REDIS_URL: testRedisUrl(),
    REDIS_PREFIX: testRedisPrefix(),
    SECRET_KEY: 'a secret of the end-to-end tests, 32 characters',
    EMBEDDINGS_ENABLED: 'false',
    BCRYPT_COST: '4',
    PASSWORD_WORKERS: '1',
    ...env,
  };
  return behindProxy() ? startProcesses(variables) : startProcess(variables);
}

async function startProcess(variables: Record<string, string>): Promise<Chat> {
  await using started = new AsyncDisposableStack();
  const process = started.use(new TestProcess({ args: ['standalone/src/main.ts'], env: { PORT: '0', ...variables } }));
  const [, url = ''] = await process.waitFor(/The chat is at (\S+)/);
  const running = started.move();
  return {
    url,
    ownUrl: url,
    output: () => process.output,
    metrics: async () => [await (await fetch(new URL('/metrics', url))).text()],
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

type Variables = Record<'DATABASE_URL' | 'REDIS_URL' | 'REDIS_PREFIX', string>;

async function startProcesses(variables: Record<string, string> & Variables): Promise<Chat> {
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, REDIS_PREFIX: redisPrefix } = variables;
  const system = await startDistributed({ databaseUrl, redisUrl, redisPrefix, copies: 2, env: variables });
  return { ...system, url: system.urls[0]!, ownUrl: system.ownUrls[0]! };
}
