/** How a test process learns which PostgreSQL and Redis are its run's: by environment variables that the global set-up writes. */

export interface TestEnvironment {
  /** As superuser, to the maintenance database. */
  postgresUrl: string;
  redisUrl: string;
}

export function publishTestEnvironment({ postgresUrl, redisUrl }: TestEnvironment): void {
  process.env['TEST_POSTGRES_URL'] = postgresUrl;
  process.env['TEST_REDIS_URL'] = redisUrl;
}

/** @throws outside of a test run. */
export function testEnvironment(): TestEnvironment {
  const { TEST_POSTGRES_URL: postgresUrl, TEST_REDIS_URL: redisUrl } = process.env;
  if (!postgresUrl || !redisUrl)
    throw new Error('This runs only under jest, whose global set-up starts PostgreSQL and Redis.');
  return { postgresUrl, redisUrl };
}
