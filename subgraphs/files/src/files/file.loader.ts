/** Loads files by id for one viewer, many in one query. There is no other way to load one that the viewer might not see. */
import type { Permission } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { notFound } from '@chat/kit/errors';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';
import type { AttachedFiles } from './attached-files';
import { FileEntity } from './file.entity';
import { canSee, type FileAccess } from './file.rules';

export class FileLoader {
  private readonly byId: DataLoader<string, FileAccess | null>;

  constructor(em: () => EntityManager, viewer: Viewer | null, attached: AttachedFiles) {
    this.byId = new DataLoader((ids) => readAccess(em(), viewer, ids, attached));
  }

  /** `null` if the file does not exist, if its id is malformed, or if the viewer may not see it. */
  async accessFile(id: string): Promise<FileAccess | null> {
    const access = isId(id) ? await this.byId.load(id.toLowerCase()) : null;
    return access && canSee(access) ? access : null;
  }

  /** As {@link accessFile}, after a policy has passed. @throws NOT_FOUND instead of null. */
  async requireFile(id: string): Promise<FileEntity> {
    const access = await this.accessFile(id);
    if (!access) throw notFound('File');
    return access.file;
  }

  /** Forgets a row that has changed. */
  clear(id: string): void {
    this.byId.clear(id.toLowerCase());
  }
}

async function readAccess(
  em: EntityManager,
  viewer: Viewer | null,
  ids: readonly string[],
  attached: AttachedFiles,
): Promise<(FileAccess | null)[]> {
  const files = await em.find(FileEntity, { id: { $in: [...ids] } }, { refresh: true });
  const others = viewer ? files.filter(({ ownerId }) => ownerId !== viewer.id).map(({ id }) => id) : [];
  const seen = viewer && others.length > 0 ? await attached.seenBy(em, viewer.id, others) : new Set<string>();
  const shares = viewer
    ? await em.execute<{ file_id: string; permission: Permission }[]>(
        'select file_id, permission from files.shares where user_id = ? and file_id in (?)',
        [viewer.id, ids],
      )
    : [];
  const shared = new Map(shares.map(({ file_id: id, permission }) => [id, permission]));
  const byId = new Map(files.map((file) => [file.id, file]));
  return ids.map((id) => {
    const file = byId.get(id);
    return file ? { viewer, file, shared: shared.get(id) ?? null, isAttached: seen.has(id) } : null;
  });
}
