/** Pages of the wiki as a source of the search. A changed page is indexed by a job that its transaction enqueues. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { EntityManager } from '@chat/kit/database/database';
import type { Jobs } from '@chat/kit/jobs/jobs';
import type { SourceChanges } from '../../changes/source-changes';
import { isId } from '@chat/kit/ids';
import { PAGE_TYPE, readableCategories, readablePages } from '../../wiki/pages/page.access';
import { removeSource, writeSource } from '../indexing/chunk.store';
import type { SourceIndexer } from '../indexing/source.indexer';
import { storeAgain } from '../vectors/embeddings';
import type { RetrievalSource } from '../retrieval-source';

export const INDEX_PAGE = 'index-page';

export const wikiSource = (grants: Grants): RetrievalSource => ({
  kind: 'WIKI',
  typeName: 'WikiPage',
  async readableBy(viewer) {
    const { sql, values } = await readablePages(grants, viewer);
    return {
      sql: `exists (select 1 from knowledge.wiki_pages p where p.id = c.source_id and ${sql})`,
      parameters: values,
    };
  },
  audience: `(select case when p.is_restricted then 'WIKI:restricted' else 'WIKI:' || coalesce(p.category_id::text, 'root') end
    from knowledge.wiki_pages p where p.id = c.source_id)`,
  async access(viewer) {
    const [pages, categories, granted] = await Promise.all([
      readablePages(grants, viewer),
      readableCategories(grants, viewer),
      grants.ids(viewer, 'READ', PAGE_TYPE),
    ]);
    const isAll = pages.sql === 'true';
    const isMember = viewer.permissions.includes('READ') && viewer.roles.some((role) => role !== 'GUEST');
    const others = isAll
      ? ` union all values ('WIKI:root'), ('WIKI:restricted')`
      : isMember
        ? ` union all select 'WIKI:root'`
        : '';
    return {
      audiences: {
        sql: `select 'WIKI:' || c.id from knowledge.wiki_categories c where ${categories.sql}${others}`,
        parameters: categories.values,
      },
      ...(isAll
        ? {}
        : {
            // Pages that the viewer reads though their audience is closed: own pages and granted ones.
            sources: {
              sql: `select p.id::text from knowledge.wiki_pages p
                where (p.created_by = ?::uuid or p.id in (select jsonb_array_elements_text(?::jsonb)::uuid)) and ${pages.sql}
                  and (p.is_restricted or p.category_id is not null and p.category_id not in (
                    select c.id from knowledge.wiki_categories c where ${categories.sql}))`,
              parameters: [viewer.id, JSON.stringify(granted.filter(isId)), ...pages.values, ...categories.values],
            },
          }),
    };
  },
});

/** Access is a condition of each search. Only the audience beside a vector is written anew after a change of access. */
export function indexChangedPages(changes: SourceChanges, jobs: Jobs): void {
  changes.listen(async (tx, announced) => {
    for (const { kind, id, change } of announced)
      if (kind === 'WIKI') {
        if (change === 'ACCESS') await storeAgain(tx, jobs, { kind, id });
        else await jobs.enqueue(tx, INDEX_PAGE, { id }, { key: `${INDEX_PAGE}:${id}` });
      }
  });
}

/** Idempotent. */
export async function indexPage(em: EntityManager, indexer: SourceIndexer, id: string): Promise<void> {
  while (!(await indexOnce(em, indexer, id)));
}

/** @returns false if the page changed meanwhile */
async function indexOnce(em: EntityManager, indexer: SourceIndexer, id: string): Promise<boolean> {
  const source = { kind: 'WIKI' as const, id };
  const [page] = await em.execute<{ title: string; body: string }[]>(
    'select title, body from knowledge.wiki_pages where id = ?',
    [id],
  );
  const prepared = page && (await indexer.prepare(em, { ...source, title: page.title, text: page.body }));
  return em.transactional(async (tx) => {
    // The row's lock makes two jobs of one page take turns.
    const [current] = await tx.execute<{ isSame: boolean }[]>(
      'select title = ? and body = ? as "isSame" from knowledge.wiki_pages where id = ? for update',
      [page?.title ?? '', page?.body ?? '', id],
    );
    if (current) return prepared !== undefined && current.isSame && writeSource(tx, prepared);
    await removeSource(tx, source);
    return true;
  });
}
