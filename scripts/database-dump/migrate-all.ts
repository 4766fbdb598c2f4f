/** Migrates the PostgreSQL schemas of all subgraphs, without starting a subgraph. */
import { Database } from '@chat/kit/database/database';
import { migrationsIn } from '@chat/kit/database/migrations-in';
import { Jobs } from '@chat/kit/jobs/jobs';
import { createLogger } from '@chat/kit/logging';
import { join } from 'node:path';
import { ROOT, SUBGRAPH_NAMES } from '../subgraphs';

/** @param onMigrated called with the name of each subgraph */
export async function migrateAll(url: string, onMigrated: (name: string) => void = () => undefined): Promise<void> {
  for (const name of SUBGRAPH_NAMES) {
    const log = createLogger(name, 'warn');
    const migrations = migrationsIn(join(ROOT, 'subgraphs', name, 'src/migrations'));
    await using database = await Database.open({ url, schema: name, entities: [], migrations, log });
    await using jobs = new Jobs(name, database, log);
    await database.ready(() => jobs.migrate());
    onMigrated(name);
  }
}
