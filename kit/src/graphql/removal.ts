/**
 * The nightly removal: each feature deletes its expired rows, then the rows of deleted accounts go.
 * A feature that fails stops no other one; the job fails afterwards and is retried.
 */
import type { EntityManager } from '../database/database';
import type { JobTask } from '../jobs/jobs';
import type { Logger } from '../logging';
import type { AccountRows, AnyFeature } from './feature';

/** The task's name. */
export const REMOVE_EXPIRED = 'remove-expired';

/** Accounts that are looked up together. */
const BATCH = 1000;

/** The ids among `ids` whose accounts were deleted. */
export type FindDeletedAccounts = (em: EntityManager, ids: readonly string[]) => Promise<readonly string[]>;

/** @param schema the PostgreSQL schema of the features' tables. */
export function removalTask(
  schema: string,
  features: readonly AnyFeature[],
  parts: { log: Logger; fork: () => EntityManager },
  findDeleted?: FindDeletedAccounts,
): JobTask {
  return async () => {
    const failures: unknown[] = [];
    for (const feature of features) {
      try {
        await feature.removeExpired?.(parts);
        if (!findDeleted) continue;
        for (const rows of feature.accountRows ?? []) await removeOfDeletedAccounts(schema, rows, parts, findDeleted);
      } catch (error) {
        parts.log.warn({ err: error, feature: feature.name }, 'expired rows could not be removed');
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Expired rows of some features were not removed.');
  };
}

async function removeOfDeletedAccounts(
  schema: string,
  { table, column }: AccountRows,
  { fork, log }: { log: Logger; fork: () => EntityManager },
  findDeleted: FindDeletedAccounts,
): Promise<void> {
  let last = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const rows = await fork().execute<{ id: string }[]>(
      `select distinct ${column} as id from ${schema}.${table} where ${column} > ? order by 1 limit ${BATCH}`,
      [last],
    );
    if (rows.length === 0) return;
    last = rows.at(-1)!.id;
    const deleted = await findDeleted(
      fork(),
      rows.map(({ id }) => id),
    );
    if (deleted.length === 0) continue;
    await fork().execute(`delete from ${schema}.${table} where ${column} in (?)`, [deleted]);
    log.info({ table, accounts: deleted.length }, 'deleted the rows of deleted accounts');
  }
}
