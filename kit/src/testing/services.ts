/**
 * The one PostgreSQL and the one Redis of a test run, in a temporary folder on random ports.
 * Concurrent runs do not see each other. The next run cleans up after a killed one.
 */
import { access, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres, stopPostgresIn } from '../embedded/postgres';
import { startRedis, stopRedisIn } from '../embedded/redis';
import type { EmbeddedService } from '../embedded/service';
import { ownerOf, takeFolder } from '../process/owner-file';

const PREFIX = 'chat-test-';

export interface TestServices extends AsyncDisposable {
  postgres: EmbeddedService;
  redis: EmbeddedService;
  /** The data folder of both, which tests may use for files; removed at the end. */
  dir: string;
}

/** Starts both (1 to 3 s). Stops them and removes their data when disposed. */
export async function startTestServices(): Promise<TestServices> {
  await cleanUpAfterKilledRuns();
  const dir = await mkdtemp(join(tmpdir(), PREFIX));
  const giveBack = await takeFolder(dir);
  const [postgres, redis] = await Promise.all([
    startPostgres({ dir: join(dir, 'postgres'), isThrowaway: true, maxConnections: 400 }),
    startRedis({ dir: join(dir, 'redis'), isThrowaway: true }),
  ]);
  return {
    postgres,
    redis,
    dir,
    async [Symbol.asyncDispose]() {
      await Promise.all([postgres.stop(), redis.stop()]);
      giveBack();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Skips folders that belong to another user or that another run is already removing. */
async function cleanUpAfterKilledRuns(): Promise<void> {
  const names = await readdir(tmpdir());
  for (const name of names.filter((candidate) => candidate.startsWith(PREFIX)))
    await cleanUp(join(tmpdir(), name)).catch(() => undefined);
}

async function cleanUp(dir: string): Promise<void> {
  // Without an owner file the folder is brand new; with a living owner it is in use.
  await access(join(dir, 'owner'));
  if ((await ownerOf(dir)) !== undefined) return;
  await Promise.all([stopPostgresIn(join(dir, 'postgres')), stopRedisIn(join(dir, 'redis'))]);
  await rm(dir, { recursive: true, force: true });
}
