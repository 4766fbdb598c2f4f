/** The short form of the chaos run; `npm run chaos` has the long one. CHAOS_SEED repeats the seed of a failing run. */
import { randomBytes, randomInt } from 'node:crypto';
import { createTestDatabase } from '@chat/kit/testing/test-database';
import { testEnvironment } from '@chat/kit/testing/environment';
import { runChaos } from './chaos-run';
import { SHORT } from './faults';

test('through kills, pauses, frozen links and lost answers nothing is lost, repeated, reordered or heard without access, and no process ends', async () => {
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
