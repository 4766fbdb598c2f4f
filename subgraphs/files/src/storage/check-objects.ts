/** Compares the catalogue with the bytes in the store. Changes nothing. */
import type { EntityManager } from '@chat/kit/database/database';
import { ObjectMissing, type FileStore } from './file-store';
import { measure } from './measure';

export type Problem =
  | 'missing'
  | 'wrong size'
  | 'wrong hash'
  /** An object that no row names: harmless, and removed by the nightly job. */
  | 'stray';

export interface Checked {
  files: number;
  bytes: number;
  problems: { key: string; problem: Problem }[];
}

export interface CheckOptions {
  /** Compares sizes and reads no bytes. */
  isFast?: boolean;
  /** Called after each object. */
  progress?: (checked: Checked) => void;
}

const BATCH = 500;

export async function checkObjects(
  fork: () => EntityManager,
  store: FileStore,
  { isFast = false, progress = () => undefined }: CheckOptions = {},
): Promise<Checked> {
  const checked: Checked = { files: 0, bytes: 0, problems: [] };
  const known = new Set<string>();
  let last = '';
  for (;;) {
    const rows = await fork().execute<Row[]>(
      `select key, size, sha256 from files.blobs where key > ? order by key limit ${BATCH}`,
      [last],
    );
    if (rows.length === 0) break;
    last = rows.at(-1)!.key;
    for (const row of rows) {
      known.add(row.key);
      const problem = await problemOf(row, store, isFast);
      checked.files++;
      checked.bytes += row.size;
      if (problem) checked.problems.push({ key: row.key, problem });
      progress(checked);
    }
  }
  for await (const { key } of store.list('blobs/')) if (!known.has(key)) await noteStray(fork(), key, checked);
  return checked;
}

interface Row {
  key: string;
  size: number;
  sha256: string;
}

async function problemOf({ key, size, sha256 }: Row, store: FileStore, isFast: boolean): Promise<Problem | undefined> {
  const stored = await store.stat(key);
  if (!stored) return 'missing';
  if (stored.size !== size) return 'wrong size';
  if (isFast) return undefined;
  try {
    return (await measure(await store.open(key))).sha256 === sha256 ? undefined : 'wrong hash';
  } catch (error) {
    if (error instanceof ObjectMissing) return 'missing';
    throw error;
  }
}

/** An upload may have become a file since the rows were read, or may still become one. */
async function noteStray(em: EntityManager, key: string, checked: Checked): Promise<void> {
  const id = key.slice(key.lastIndexOf('/') + 1);
  const rows = await em.execute<unknown[]>(
    "select 1 from files.blobs where key = ? union all select 1 from files.files where id::text = ? and status in ('PENDING', 'FAILED')",
    [key, id],
  );
  if (rows.length === 0) checked.problems.push({ key, problem: 'stray' });
}
