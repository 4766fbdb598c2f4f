/** Resumable uploads on local disk: tus' own file store, in the folders of the local store. */
import { FileStore as TusFileStore, type Configstore } from '@tus/file-store';
import { Upload, type DataStore } from '@tus/server';
import { shardedPath } from './sharded-path';
import { tusKey } from './keys';
import { fileIdOf, ResumableUploads, type DeclaredSizes } from './resumable-uploads';

export class LocalUploads extends ResumableUploads {
  readonly dataStore: DataStore;

  /** @param directory the folder of all objects */
  constructor(directory: string, sizes: DeclaredSizes) {
    super();
    this.dataStore = new TusFileStore({ directory, configstore: toConfigs(sizes) });
  }

  idOf(fileId: string): string {
    return shardedPath(tusKey(fileId));
  }

  /** The bytes are in place as they come. */
  async finish(): Promise<void> {}
}

/** The state that tus keeps of an upload is derived from the catalogue, so the two cannot disagree. */
const toConfigs = (sizes: DeclaredSizes): Configstore => ({
  async get(id) {
    const size = await sizes.get(fileIdOf(id));
    return size === undefined ? undefined : new Upload({ id, size: size ?? undefined, offset: 0 });
  },
  async set(id, { size }) {
    await sizes.set(fileIdOf(id), size ?? null);
  },
  async delete() {},
});
