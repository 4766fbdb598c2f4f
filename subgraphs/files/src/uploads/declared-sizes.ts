/** The lengths of resumable uploads, in the catalogue. */
import type { EntityManager } from '@chat/kit/database/database';
import type { DeclaredSizes } from '../storage/resumable-uploads';

export const declaredSizes = (fork: () => EntityManager): DeclaredSizes => ({
  async get(fileId) {
    const [row] = await fork().execute<{ size: number | null }[]>(
      'select upload_length as size from files.files where id = ?',
      [fileId],
    );
    return row?.size;
  },
  async set(fileId, size) {
    await fork().execute('update files.files set upload_length = ? where id = ?', [size, fileId]);
  },
});
