/** Before all tests of a jest run: starts its PostgreSQL and Redis. */
import { publishTestEnvironment } from './environment';
import { startTestServices, type TestServices } from './services';

declare global {
  // jest shares only the global object between set-up and tear-down.
  var testServices: TestServices | undefined;
}

export = async function globalSetup(): Promise<void> {
  globalThis.testServices = await startTestServices();
  publishTestEnvironment({
    postgresUrl: globalThis.testServices.postgres.url,
    redisUrl: globalThis.testServices.redis.url,
  });
};
