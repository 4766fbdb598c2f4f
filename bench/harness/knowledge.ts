/** The database of the knowledge subgraph, migrated and empty, on a PostgreSQL of its own. */
import type { Viewer } from '@chat/kit/auth/viewer';
import { Database } from '@chat/kit/database/database';
import { migrationsIn } from '@chat/kit/database/migrations-in';
import { startPostgres } from '@chat/kit/embedded/postgres';
import { newId } from '@chat/kit/ids';
import { createLogger } from '@chat/kit/logging';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An account without rights beyond those of every member. */
export const MEMBER: Viewer = {
  id: newId(),
  sessionId: newId(),
  roles: ['USER'],
  permissions: ['READ', 'WRITE'],
  expiresAt: 0,
};

export interface Knowledge extends AsyncDisposable {
  /** The bench's own folder; removed at the end. */
  dir: string;
  database: Database;
}

/** The longest statement, such as one that builds an index of a million rows, in milliseconds. */
const STATEMENT_MS = 3_600_000;

export async function startKnowledge(): Promise<Knowledge> {
  await using stack = new AsyncDisposableStack();
  const dir = stack.adopt(await mkdtemp(join(tmpdir(), 'chat-bench-')), (path) => rm(path, { recursive: true }));
  const postgres = stack.use(await startPostgres({ dir: join(dir, 'postgres'), isThrowaway: true }));
  const database = stack.use(
    await Database.open({
      url: postgres.url,
      schema: 'knowledge',
      entities: [],
      migrations: migrationsIn(join(__dirname, '../../subgraphs/knowledge/src/migrations')),
      log: createLogger('knowledge', 'error'),
      statementTimeoutMs: STATEMENT_MS,
    }),
  );
  await database.ready();
  const running = stack.move();
  return { dir, database, [Symbol.asyncDispose]: () => running.disposeAsync() };
}
