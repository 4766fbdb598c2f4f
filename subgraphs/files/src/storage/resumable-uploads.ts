/** Partial objects of tus uploads in a store. The tus server writes to `dataStore`; the rest is for uploads and their removal. */
import { ERRORS, Upload, type DataStore } from '@tus/server';

/** Knows how long a resumable upload will be, by its file's id. A store that keeps this itself does not ask. */
export interface DeclaredSizes {
  /** Undefined if there is no such file; null if no length was declared yet. */
  get(fileId: string): Promise<number | null | undefined>;
  /** Null: the client declares the length later. */
  set(fileId: string, size: number | null): Promise<void>;
}

export abstract class ResumableUploads {
  abstract readonly dataStore: DataStore;

  /** The id of an upload in `dataStore`. Its last segment is the file's id. */
  abstract idOf(fileId: string): string;

  /** Makes the object of an upload complete if all of its bytes are there. Does nothing if it is. */
  abstract finish(fileId: string): Promise<void>;

  /** Undefined if no client has begun. */
  async find(fileId: string): Promise<Upload | undefined> {
    return this.dataStore.getUpload(this.idOf(fileId)).catch((error: unknown) => {
      if (error === ERRORS.FILE_NOT_FOUND || error === ERRORS.FILE_NO_LONGER_EXISTS) return undefined;
      throw error;
    });
  }

  /** Begins an upload at offset 0, without the bytes of an earlier attempt. `size` undefined: the client declares it later. */
  async begin(fileId: string, size: number | undefined): Promise<void> {
    await this.remove(fileId);
    await this.dataStore.create(new Upload({ id: this.idOf(fileId), size, offset: 0 }));
  }

  /** Does nothing if there is none. */
  async remove(fileId: string): Promise<void> {
    await this.dataStore.remove(this.idOf(fileId)).catch((error: unknown) => {
      if (error !== ERRORS.FILE_NOT_FOUND) throw error;
    });
  }
}

/** The last segment of an upload's id. */
export const fileIdOf = (uploadId: string): string => uploadId.slice(uploadId.lastIndexOf('/') + 1);
