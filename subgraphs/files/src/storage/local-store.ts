/** Objects as files on a local or shared disk. A write goes to a temporary file, which is synced and renamed. */
import { randomBytes } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import {
  ObjectMissing,
  WrongLength,
  type ByteRange,
  type FileStore,
  type StoredObject,
  type WriteOptions,
} from './file-store';
import { LocalUploads } from './local-uploads';
import type { DeclaredSizes, ResumableUploads } from './resumable-uploads';
import { folderOfPrefix, shardedPath } from './sharded-path';

const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

export class LocalStore implements FileStore {
  readonly type = 'local';
  private readonly objects: string;
  private readonly partial: string;

  private constructor(root: string) {
    this.objects = join(root, 'objects');
    this.partial = join(root, 'partial');
  }

  /** Creates its folders below `root`. */
  static async open(root: string): Promise<LocalStore> {
    const store = new LocalStore(root);
    await mkdir(store.objects, { recursive: true });
    await mkdir(store.partial, { recursive: true });
    return store;
  }

  private pathOf(key: string): string {
    return join(this.objects, shardedPath(key));
  }

  async write(key: string, source: Readable, { size, signal }: WriteOptions = {}): Promise<number> {
    const path = this.pathOf(key);
    const draft = join(this.partial, randomBytes(16).toString('hex'));
    try {
      const handle = await open(draft, 'wx');
      let written: number;
      try {
        written = await pour(source, handle, size, signal);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await moveDurably(draft, path);
      return written;
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  async open(key: string, range?: ByteRange): Promise<Readable> {
    const path = this.pathOf(key);
    const handle = await open(path, 'r').catch((error: unknown) => {
      throw isMissing(error) ? new ObjectMissing(key) : error;
    });
    return createReadStream(path, { fd: handle, ...range, highWaterMark: 256 * 1024 });
  }

  async stat(key: string): Promise<StoredObject | null> {
    try {
      const { size, mtime } = await stat(this.pathOf(key));
      return { key, size, modifiedAt: mtime };
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async move(from: string, to: string): Promise<void> {
    try {
      await sync(this.pathOf(from)); // a resumable upload has written it without
      await moveDurably(this.pathOf(from), this.pathOf(to));
    } catch (error) {
      throw isMissing(error) ? new ObjectMissing(from) : error;
    }
  }

  async remove(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true });
  }

  async *list(prefix = ''): AsyncGenerator<StoredObject> {
    for await (const path of walk(this.objects, folderOfPrefix(prefix))) {
      // The two shard folders are no part of the key.
      const segments = path.split('/');
      segments.splice(-3, 2);
      const key = segments.join('/');
      if (!key.startsWith(prefix)) continue;
      const found = await this.stat(key);
      if (found) yield found;
    }
  }

  async removeAbandoned(before: Date): Promise<number> {
    let removed = 0;
    for (const name of await readdir(this.partial)) {
      const path = join(this.partial, name);
      const found = await stat(path).catch(() => undefined);
      if (!found || found.mtime >= before) continue;
      await rm(path, { force: true });
      removed++;
    }
    return removed;
  }

  resumableUploads(sizes: DeclaredSizes): ResumableUploads {
    return new LocalUploads(this.objects, sizes);
  }

  async isHealthy(): Promise<boolean> {
    return access(this.objects, constants.W_OK).then(
      () => true,
      () => false,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

async function pour(
  source: Readable,
  handle: FileHandle,
  size: number | undefined,
  signal: AbortSignal | undefined,
): Promise<number> {
  let written = 0;
  // A request stays open, so that it can be answered.
  const chunks = source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    if (size !== undefined && written + chunk.length > size) throw new WrongLength(true, size);
    await handle.writeFile(chunk);
    written += chunk.length;
  }
  signal?.throwIfAborted();
  if (size !== undefined && written !== size) throw new WrongLength(false, size);
  return written;
}

/** A rename is durable once the folders of both names are synced. */
async function moveDurably(from: string, to: string): Promise<void> {
  const folder = dirname(to);
  await mkdir(folder, { recursive: true });
  await rename(from, to);
  await sync(folder);
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Nothing if the folder does not exist. */
async function* walk(root: string, below: string): AsyncGenerator<string> {
  const entries = await readdir(join(root, below), { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  for (const entry of entries) {
    const path = below ? `${below}/${entry.name}` : entry.name;
    if (entry.isDirectory()) yield* walk(root, path);
    else yield path;
  }
}
