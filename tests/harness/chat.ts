/** The whole chat in one process (`npm start`), over servers that a test brings. */
import { TestProcess } from '@chat/kit/testing/test-process';
import { testRedisPrefix, testRedisUrl } from '@chat/kit/testing/test-redis';

export interface Chat extends AsyncDisposable {
  process: TestProcess;
  /** `http://…/graphql` */
  url: string;
}

/** @param env further variables; they may replace those below */
export async function startChat(env: Record<string, string>): Promise<Chat> {
  await using started = new AsyncDisposableStack();
  const process = started.use(
    new TestProcess({
      args: ['standalone/src/main.ts'],
      env: {
        REDIS_URL: testRedisUrl(),
        REDIS_PREFIX: testRedisPrefix(),
        SECRET_KEY: 'a secret of the end-to-end tests, 32 characters',
        EMBEDDINGS_ENABLED: 'false',
        PORT: '0',
        BCRYPT_COST: '4',
        PASSWORD_WORKERS: '1',
        ...env,
      },
    }),
  );
  const [, url = ''] = await process.waitFor(/The chat is at (\S+)/);
  const running = started.move();
  return { process, url, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
