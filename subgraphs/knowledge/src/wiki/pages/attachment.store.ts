/** Attached files of pages. The files themselves are rows of the files subgraph, which is asked only whether they exist. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { ifTableIsMissing } from '@chat/kit/database/missing-table';
import { badUserInput } from '@chat/kit/errors';
import { isId } from '@chat/kit/ids';
import DataLoader from 'dataloader';

/** Keyed by the id of a page that the viewer reads. Deleted files are absent. */
export const attachedFiles = (em: () => EntityManager): DataLoader<string, { id: string }[]> =>
  new DataLoader(async (ids) => {
    const rows = await em()
      .execute<{ pageId: string; id: string }[]>(
        `select a.page_id as "pageId", a.file_id as id from knowledge.wiki_attachments a join files.files f on f.id = a.file_id
         where a.page_id in (?) order by a.position`,
        [ids],
      )
      .catch(ifTableIsMissing([]));
    const byPage = Map.groupBy(rows, ({ pageId }) => pageId);
    return ids.map((id) => (byPage.get(id) ?? []).map(({ id }) => ({ id })));
  });

/**
 * Replaces the files of a page. Files that others attached may stay.
 * @throws BAD_USER_INPUT if one is neither attached nor the viewer's own with a complete upload
 */
export async function attachFiles(
  tx: EntityManager,
  viewer: Viewer,
  pageId: string,
  fileIds: readonly string[],
): Promise<void> {
  const ids = [...new Set(fileIds.map((id) => id.toLowerCase()))];
  const allowed = ids.every(isId) && ids.length > 0 ? await attachable(tx, viewer, pageId, ids) : new Set<string>();
  if (ids.some((id) => !allowed.has(id)))
    throw badUserInput({ attachmentIds: 'attachmentIds has a file that is not yours or is not complete.' });
  await tx.execute('delete from knowledge.wiki_attachments where page_id = ?', [pageId]);
  await tx.execute(
    `insert into knowledge.wiki_attachments (page_id, position, file_id)
     select ?::uuid, at - 1, id::uuid from jsonb_array_elements_text(?::jsonb) with ordinality as f (id, at)`,
    [pageId, JSON.stringify(ids)],
  );
}

async function attachable(tx: EntityManager, viewer: Viewer, pageId: string, ids: readonly string[]) {
  // A failed statement would end the transaction, so the table is looked for first.
  const [{ exists } = { exists: false }] = await tx.execute<{ exists: boolean }[]>(
    `select to_regclass('files.files') is not null as exists`,
  );
  const own = exists
    ? await tx.execute<{ id: string }[]>(
        "select id from files.files where owner_id = ? and id in (?) and status in ('SCANNING', 'READY')",
        [viewer.id, ids],
      )
    : [];
  const present = await tx.execute<{ id: string }[]>(
    'select file_id as id from knowledge.wiki_attachments where page_id = ? and file_id in (?)',
    [pageId, ids],
  );
  return new Set([...own, ...present].map(({ id }) => id));
}
