/** Copies the objects of the catalogue from one store to another. May be interrupted and repeated: objects that have arrived are skipped. */
import type { EntityManager } from '@chat/kit/database/database';
import { createHash } from 'node:crypto';
import { Transform, type Readable } from 'node:stream';
import { ObjectMissing, type FileStore } from './file-store';

export interface Moved {
  copied: number;
  /** Objects that were there already. */
  skipped: number;
  bytes: number;
  /** Keys that the source does not have, or with bytes that do not match the catalogue. */
  broken: string[];
}

interface CataloguedObject {
  key: string;
  /** Null for derived objects, because the catalogue has no hash of them. */
  sha256: string | null;
}

/** Rows that are read together. */
const BATCH = 500;

/** @param progress is called after each object */
export async function moveObjects(
  fork: () => EntityManager,
  from: FileStore,
  to: FileStore,
  progress: (moved: Moved) => void = () => undefined,
): Promise<Moved> {
  const moved: Moved = { copied: 0, skipped: 0, bytes: 0, broken: [] };
  for await (const object of objects(fork, from)) {
    const source = await from.stat(object.key);
    const target = await to.stat(object.key);
    if (target && (!source || source.size === target.size)) moved.skipped++;
    else if (source && (await copy(object, source.size, from, to))) {
      moved.copied++;
      moved.bytes += source.size;
    } else moved.broken.push(object.key);
    progress(moved);
  }
  return moved;
}

/** The bytes of files first, then their images. */
async function* objects(fork: () => EntityManager, from: FileStore): AsyncGenerator<CataloguedObject> {
  let last = '';
  for (;;) {
    const rows = await fork().execute<{ key: string; sha256: string }[]>(
      `select key, sha256 from files.blobs where key > ? order by key limit ${BATCH}`,
      [last],
    );
    if (rows.length === 0) break;
    last = rows.at(-1)!.key;
    yield* rows;
  }
  for await (const { key } of from.list('derived/')) yield { key, sha256: null };
}

/** @returns false if the source has lost the object, or if its bytes are not those of the catalogue; nothing is at the target then */
async function copy({ key, sha256 }: CataloguedObject, size: number, from: FileStore, to: FileStore): Promise<boolean> {
  let source: Readable;
  try {
    source = await from.open(key);
  } catch (error) {
    if (error instanceof ObjectMissing) return false;
    throw error;
  }
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
    flush: (done) => done(sha256 === null || hash.digest('hex') === sha256 ? null : new WrongBytes(key)),
  });
  source.on('error', (error) => hashing.destroy(error));
  hashing.on('error', () => undefined); // the writer reports it, unless it has already ended
  try {
    await to.write(key, source.pipe(hashing), { size });
    return true;
  } catch (error) {
    if (error instanceof WrongBytes) return false;
    throw error;
  } finally {
    source.destroy();
  }
}

class WrongBytes extends Error {}
