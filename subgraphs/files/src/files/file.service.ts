/** Lists files and their total size, and changes their status. Access is in file.policy.ts. */
import type { EntityManager } from '@chat/kit/database/database';
import type { Append } from '@chat/kit/events/event-log';
import {
  foreignCursor,
  pageRequest,
  toConnection,
  type Connection,
  type PageArguments,
} from '@chat/kit/graphql/connection';
import { isId } from '@chat/kit/ids';
import { FileEntity } from './file.entity';
import { fileStream } from './file.events';
import { usedBytes } from './file.usage';

export class FileService {
  /** @param quotaBytes the limit of each account; 0 is unlimited */
  constructor(private readonly quotaBytes: number) {}

  /** The files of one account, newest first. Ids grow with time, so they give the order. */
  async myFiles(em: EntityManager, ownerId: string, page: PageArguments): Promise<Connection<FileEntity>> {
    const request = pageRequest('files', page);
    const [from] = request.from ?? [];
    if (from !== undefined && !isId(from)) throw foreignCursor(request);
    const rows = await em.find(
      FileEntity,
      { ownerId, ...(from !== undefined && { id: { [request.isBackward ? '$gt' : '$lt']: from } }) },
      { orderBy: { id: request.isBackward ? 'asc' : 'desc' }, limit: request.limit },
    );
    return toConnection('files', request, rows, ({ id }) => [id]);
  }

  async usage(em: EntityManager, ownerId: string): Promise<{ usedBytes: number; quotaBytes: number | null }> {
    return { usedBytes: await usedBytes(em, ownerId), quotaBytes: this.quotaBytes || null };
  }
}

/** Appends the file's current status to its stream. Call it in the transaction that changed the row, after its flush. */
export async function announceStatus(append: Append, file: FileEntity): Promise<void> {
  await append(fileStream.of(file.id), 'FileStatusChanged', {
    id: file.id,
    status: file.status,
    verdict: file.scanVerdict,
    signature: file.scanSignature,
    scannedAt: file.scannedAt?.toISOString() ?? null,
  });
}
