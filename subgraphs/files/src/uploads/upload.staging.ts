/** Finds the bytes that a client has sent for an upload, by PUT or by tus, and says how much is missing. Verifies nothing. */
import type { FileEntity } from '../files/file.entity';
import type { FileStore } from '../storage/file-store';
import { blobKey, putKey, tusKey } from '../storage/keys';
import type { ResumableUploads } from '../storage/resumable-uploads';

/** A complete upload: its object. Otherwise the bytes so far. */
export type Staged = { key: string } | { received: number };

export class UploadStaging {
  constructor(
    private readonly store: FileStore,
    private readonly resumable: ResumableUploads,
  ) {}

  async find({ id, declaredSize }: Pick<FileEntity, 'id' | 'declaredSize'>): Promise<Staged> {
    const put = await this.store.stat(putKey(id));
    if (put && (declaredSize === null || put.size === declaredSize)) return { key: put.key };
    const upload = await this.resumable.find(id);
    if (upload && upload.offset === upload.size) {
      await this.resumable.finish(id);
      if (await this.store.stat(tusKey(id))) return { key: tusKey(id) };
    }
    // A completion that was cut off has moved the bytes already.
    const moved = await this.store.stat(blobKey(id));
    if (moved) return { key: moved.key };
    return { received: upload?.offset ?? put?.size ?? 0 };
  }

  /** Removes all bytes of an upload that has not become a file. */
  async discard(fileId: string): Promise<void> {
    await this.store.remove(putKey(fileId));
    await this.resumable.remove(fileId);
  }
}
