/** A share of the test run's Redis: its address and a prefix that no other test file has. */
import { randomBytes } from 'node:crypto';
import { testEnvironment } from './environment';

/** Where the run's Redis is. */
export function testRedisUrl(): string {
  return testEnvironment().redisUrl;
}

/** A random prefix for keys and channels, so that tests that run side by side do not meet: `test:1f3a…:`. */
export function testRedisPrefix(): string {
  return `test:${randomBytes(8).toString('hex')}:`;
}
