/**
 * Lets files with equal bytes share one object. Runs as a job some time after the upload, so that neither an answer nor its duration reveals whether
 * another account has the file.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { Jobs, JobTask } from '@chat/kit/jobs/jobs';
import type { Logger } from '@chat/kit/logging';
import { REMOVE_OBJECTS } from '../files/file.deletion';
import { ObjectMissing, type FileStore } from '../storage/file-store';
import { measure } from '../storage/measure';

/** Payload: `{ blobId }`, the younger of two. */
export const DEDUPLICATE = 'deduplicate';

export interface DeduplicatePayload {
  blobId: string;
}

interface Deps {
  fork: () => EntityManager;
  jobs: Jobs;
  store: FileStore;
  log: Logger;
}

interface Blob {
  id: string;
  key: string;
  size: number;
  sha256: string;
}

export class Deduplication {
  constructor(private readonly deps: Deps) {}

  readonly deduplicate: JobTask = async ({ blobId }: DeduplicatePayload) => {
    const { fork, log } = this.deps;
    const [blob] = await fork().execute<Blob[]>('select id, key, size, sha256 from files.blobs where id = ?', [blobId]);
    if (!blob) return;
    const [older] = await fork().execute<Blob[]>(
      'select id, key, size, sha256 from files.blobs where sha256 = ? and size = ? and id < ? order by id limit 1',
      [blob.sha256, blob.size, blob.id],
    );
    if (!older) return;
    if (!(await this.isIntact(older))) {
      log.error({ key: older.key }, 'the bytes of a file are missing or wrong; run `npm run files -- check`');
      return;
    }
    await this.join(blob, older);
  };

  /** A hash in the catalogue does not prove the bytes in the store. */
  private async isIntact({ key, size, sha256 }: Blob): Promise<boolean> {
    try {
      const found = await measure(await this.deps.store.open(key));
      return found.size === size && found.sha256 === sha256;
    } catch (error) {
      if (error instanceof ObjectMissing) return false;
      throw error;
    }
  }

  private async join(blob: Blob, older: Blob): Promise<void> {
    await this.deps.fork().transactional(async (tx) => {
      // A deletion of the last file of `older` waits for this lock, or has removed the row.
      const [kept] = await tx.execute<unknown[]>('select 1 from files.blobs where id = ? for update', [older.id]);
      if (!kept) return;
      await tx.execute('update files.files set blob_id = ? where blob_id = ?', [older.id, blob.id]);
      await tx.execute('delete from files.blobs where id = ?', [blob.id]);
      await this.deps.jobs.enqueue(tx, REMOVE_OBJECTS, { keys: [blob.key], prefixes: [] });
    });
  }
}
