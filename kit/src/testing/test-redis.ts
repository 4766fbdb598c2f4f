/** A share of the test run's Redis: its address and a unique prefix. */
import { randomBytes } from 'node:crypto';
import { testEnvironment } from './environment';

/** The URL of the run's Redis. */
export function testRedisUrl(): string {
  return testEnvironment().redisUrl;
}

/** A random prefix for keys and channels that isolates concurrent tests: `test:1f3a…:`. */
export function testRedisPrefix(): string {
  return `test:${randomBytes(8).toString('hex')}:`;
}
