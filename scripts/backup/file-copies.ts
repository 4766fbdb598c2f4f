/** The uploaded files of a backup. Files of the previous backup are linked instead of copied, as the bytes of an object never change. */
import { Database, type EntityManager } from '@chat/kit/database/database';
import { createLogger } from '@chat/kit/logging';
import { seldom } from '@chat/kit/process/progress';
import { link, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileStore } from '../../subgraphs/files/src/storage/file-store';
import { LocalStore } from '../../subgraphs/files/src/storage/local-store';
import { moveObjects, type Moved } from '../../subgraphs/files/src/storage/move-objects';

type Fork = () => EntityManager;

/** Opens the catalogue of files for `work`. */
export async function withCatalogue<T>(url: string, work: (fork: Fork) => Promise<T>): Promise<T> {
  const log = createLogger('backup', 'warn');
  const options = { url, schema: 'files', entities: [], migrations: [], poolSize: 2, log };
  await using database = await Database.open(options);
  await database.ready();
  return await work(() => database.fork());
}

/** Copies all files of the catalogue that `to` does not have. @returns the keys of files whose bytes are missing or wrong in `from` */
export async function copyFiles(
  fork: Fork,
  from: FileStore,
  to: FileStore,
  progress: (line: string) => void,
): Promise<string[]> {
  const tell = seldom(progress);
  const { broken } = await moveObjects(fork, from, to, ({ copied, skipped, bytes }: Moved) =>
    tell(`files: ${copied} copied (${bytes} bytes), ${skipped} were there`),
  );
  return broken;
}

/**
 * The store of files in a backup.
 * @param previous the folder of files of an older backup on the same file system; those that `source` still has are linked
 */
export async function backupStore(folder: string, source?: FileStore, previous?: string): Promise<LocalStore> {
  if (previous !== undefined) await linkFolder(join(previous, 'objects'), join(folder, 'objects'));
  const store = await LocalStore.open(folder);
  if (previous !== undefined && source)
    for await (const { key } of store.list()) if (!(await source.stat(key))) await store.remove(key);
  return store;
}

async function linkFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkFolder(source, target);
    else await link(source, target);
  }
}

/** The number of objects in a store, and their bytes. */
export async function sizeOf(store: FileStore): Promise<{ count: number; bytes: number }> {
  const sum = { count: 0, bytes: 0 };
  for await (const { size } of store.list()) {
    sum.count++;
    sum.bytes += size;
  }
  return sum;
}
