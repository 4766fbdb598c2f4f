/** The short chaos run; `npm run chaos` runs the long one. If a run fails, CHAOS_SEED repeats its seed. */
import { randomBytes, randomInt } from 'node:crypto';
import { createTestDatabase } from '@chat/kit/testing/test-database';
import { testEnvironment } from '@chat/kit/testing/environment';
import { runChaos } from './chaos-run';
import { SHORT } from './faults';

test('under faults nothing is lost, repeated, reordered or delivered without access, and no process ends', async () => {
  const seed = Number(process.env['CHAOS_SEED'] ?? randomInt(2 ** 31));
  await using database = await createTestDatabase('chaos', () => Promise.resolve());
  const { redisUrl } = testEnvironment();
  const redisPrefix = `chaos-${randomBytes(6).toString('hex')}:`;
  const faults = [...SHORT];
  const report = await runChaos({
    servers: { databaseUrl: database.url, redisUrl, redisPrefix },
    seed,
    nextFault: () => faults.shift(),
  });
  expect({ seed, violations: report.violations }).toEqual({ seed, violations: [] });
  expect(report.faults).toEqual(SHORT);
  expect(report.removals).toBeGreaterThan(0);
}, 240_000);
