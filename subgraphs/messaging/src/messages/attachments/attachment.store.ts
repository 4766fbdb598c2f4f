/** Attached files of messages. The files themselves are rows of the files subgraph, which is asked only whether they exist. */
import type { EntityManager } from '@chat/kit/database/database';
import { ifTableIsMissing } from '@chat/kit/database/missing-table';
import DataLoader from 'dataloader';

/** Keyed by the id of a message that the viewer has already received; in the order of the sender. */
export type AttachmentLoader = DataLoader<string, { id: string }[]>;

/** Deleted files are absent. There are none if the files subgraph has no tables yet. */
export const attachmentLoader = (em: () => EntityManager): AttachmentLoader =>
  new DataLoader(async (ids) => {
    const rows = await em()
      .execute<{ message_id: string; file_id: string }[]>(
        `select a.message_id, a.file_id from messaging.message_attachments a join files.files f on f.id = a.file_id
         where a.message_id in (?) order by a.position`,
        [ids],
      )
      .catch(ifTableIsMissing([]));
    const attached = Map.groupBy(rows, (row) => row.message_id);
    return ids.map((id) => (attached.get(id) ?? []).map((row) => ({ id: row.file_id })));
  });

/** The ids among `fileIds` that `ownerId` may attach: its own files with a complete upload. */
export async function attachableFiles(
  em: EntityManager,
  ownerId: string,
  fileIds: readonly string[],
): Promise<Set<string>> {
  const rows = await em
    .execute<{ id: string }[]>(
      "select id from files.files where owner_id = ? and id in (?) and status in ('SCANNING', 'READY')",
      [ownerId, fileIds],
    )
    .catch(ifTableIsMissing([]));
  return new Set(rows.map(({ id }) => id));
}
