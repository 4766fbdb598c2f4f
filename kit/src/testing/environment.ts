/** The addresses of the test run's PostgreSQL and Redis, in environment variables that the global set-up writes. */

export interface TestEnvironment {
  /** The maintenance database, as superuser. */
  postgresUrl: string;
  redisUrl: string;
}

export function publishTestEnvironment({ postgresUrl, redisUrl }: TestEnvironment): void {
  process.env['TEST_POSTGRES_URL'] = postgresUrl;
  process.env['TEST_REDIS_URL'] = redisUrl;
}

/** @throws if it is called outside a test run */
export function testEnvironment(): TestEnvironment {
  const { TEST_POSTGRES_URL: postgresUrl, TEST_REDIS_URL: redisUrl } = process.env;
  if (!postgresUrl || !redisUrl)
    throw new Error('This runs only under jest, whose global set-up starts PostgreSQL and Redis.');
  return { postgresUrl, redisUrl };
}
