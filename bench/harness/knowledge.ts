/** The database of the knowledge subgraph, migrated and empty, on a PostgreSQL of its own. */
import { Database } from '@chat/kit/database/database';
import { migrationsIn } from '@chat/kit/database/migrations-in';
import { startPostgres } from '@chat/kit/embedded/postgres';
import { createLogger } from '@chat/kit/logging';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Knowledge extends AsyncDisposable {
  /** The bench's own folder; removed at the end. */
  dir: string;
  /** @param poolSize 1 if settings of a session must hold for all statements */
  open(poolSize?: number): Promise<Database>;
}

export async function startKnowledge(): Promise<Knowledge> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.adopt(await mkdtemp(join(tmpdir(), 'chat-bench-')), (path) => rm(path, { recursive: true }));
  const postgres = stack.use(await startPostgres({ dir: join(dir, 'postgres'), isThrowaway: true }));
  const migrations = migrationsIn(join(__dirname, '../../subgraphs/knowledge/src/migrations'));
  const log = createLogger('knowledge', 'error');
  const running = stack.move();
  return {
    dir,
    async open(poolSize) {
      const options = { url: postgres.url, schema: 'knowledge', entities: [], migrations, log };
      const database = running.use(await Database.open({ ...options, ...(poolSize !== undefined && { poolSize }) }));
      await database.ready();
      return database;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
