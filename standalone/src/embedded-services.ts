/** Embedded PostgreSQL, Redis and Chroma. Each starts only if the environment names no server. */
import { startChroma } from '@chat/kit/embedded/chroma';
import type { EmbeddedService } from '@chat/kit/embedded/service';
import { postgresFolder } from '@chat/kit/embedded/installed-postgres';
import { startPostgres } from '@chat/kit/embedded/postgres';
import { startRedis } from '@chat/kit/embedded/redis';
import type { Logger } from '@chat/kit/logging';
import { prepareDataDir } from '@chat/kit/process/data-dir';
import { takeFolder } from '@chat/kit/process/owner-file';
import { join, resolve } from 'node:path';
import type { StandaloneConfig } from './config';
import { secretKeyIn } from './secret-key';

/** Addresses and credentials for the parts of the system. */
export interface Surroundings extends AsyncDisposable {
  DATABASE_URL: string;
  REDIS_URL: string;
  SECRET_KEY: string;
  CHROMA_URL: string | undefined;
}

/** Locks DATA_DIR for this process and starts the missing servers. @throws if the folder is unusable or another process holds its lock */
export async function startEmbeddedServices(config: StandaloneConfig, log: Logger): Promise<Surroundings> {
  const dir = resolve(config.DATA_DIR);
  await prepareDataDir(dir);
  const giveBack = await takeFolder(dir);
  const running: EmbeddedService[] = [];
  const stop = async () => {
    await Promise.all(running.map((service) => service.stop()));
    giveBack();
  };
  const start = async (starting: Promise<EmbeddedService>) => {
    const service = await starting;
    running.push(service);
    return service.url;
  };
  const startVectors = () =>
    start(startChroma({ dir: join(dir, 'chroma'), log })).catch((error: unknown) => {
      log.error({ err: error }, 'Chroma does not start; searches find passages by words');
      return undefined;
    });
  const needsChroma = config.EMBEDDINGS_ENABLED && config.VECTOR_DB_TYPE === 'chromadb';
  const starts = await Promise.allSettled([
    config.DATABASE_URL ?? start(startPostgres({ dir: postgresFolder(dir), archiveDir: config.WAL_ARCHIVE_DIR, log })),
    config.REDIS_URL ?? start(startRedis({ dir: join(dir, 'redis'), log })),
    config.SECRET_KEY ?? secretKeyIn(dir),
    config.CHROMA_URL ?? (needsChroma ? startVectors() : undefined),
  ]);
  const failed = starts.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const [DATABASE_URL = '', REDIS_URL = '', SECRET_KEY = '', CHROMA_URL] = starts.map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : undefined,
  );
  return { DATABASE_URL, REDIS_URL, SECRET_KEY, CHROMA_URL, [Symbol.asyncDispose]: stop };
}
