/**
 * The pages that a viewer may read, as a condition of a statement. Every list, search and retrieval has it inside its query. Holds no
 * statement of its own.
 */
import type { Grants } from '@chat/identity-client/access/grants';
import type { Viewer } from '@chat/kit/auth/viewer';
import { isId } from '@chat/kit/ids';
import type { SqlPart } from '../../sql-part';

export const PAGE_TYPE = 'WikiPage';
export const CATEGORY_TYPE = 'WikiCategory';

const isMember = ({ roles }: Viewer) => roles.some((role) => role !== 'GUEST');

/**
 * A condition on the alias `p` of `knowledge.wiki_pages`. Before its approval, only the creator of a page, moderators and its approvers
 * read it. Members read each page that is not restricted, itself or by a category above it.
 * Creators, administrators and accounts with a grant read restricted pages. Guests read pages with a grant only.
 */
export async function readablePages(grants: Grants, viewer: Viewer | null): Promise<SqlPart> {
  if (!viewer?.permissions.includes('READ')) return { sql: 'false', values: [] };
  if (viewer.permissions.includes('MANAGE')) return { sql: 'true', values: [] };
  const [open, published] = await Promise.all([openPages(grants, viewer), publishedPages(grants, viewer)]);
  return { sql: `(${open.sql} and ${published.sql})`, values: [...open.values, ...published.values] };
}

/** The pages that are published, or that the viewer wrote or approves. */
async function publishedPages(grants: Grants, viewer: Viewer): Promise<SqlPart> {
  if (moderates(viewer)) return { sql: 'true', values: [] };
  const managed = await grants.ids(viewer, 'MANAGE', CATEGORY_TYPE);
  if (managed.includes('*')) return { sql: 'true', values: [] };
  return {
    sql: `(p.is_published or p.created_by = ?::uuid or exists (
      select 1 from knowledge.wiki_categories own
      join knowledge.wiki_categories asks on asks.requires_approval and starts_with(own.path || '/', asks.path || '/')
      join knowledge.wiki_categories r on starts_with(asks.path || '/', r.path || '/')
      where own.id = p.category_id and (r.created_by = ?::uuid or r.id in ${granted('?')})))`,
    values: [viewer.id, viewer.id, JSON.stringify(managed.filter(isId))],
  };
}

const granted = (ids: string) => `(select jsonb_array_elements_text(${ids}::jsonb)::uuid)`;

/** The pages that no restriction closes to the viewer. */
async function openPages(grants: Grants, viewer: Viewer): Promise<SqlPart> {
  const [pages, categories] = await Promise.all([
    grants.ids(viewer, 'READ', PAGE_TYPE),
    grants.ids(viewer, 'READ', CATEGORY_TYPE),
  ]);
  if (pages.includes('*') || categories.includes('*')) return { sql: 'true', values: [] };
  const pageIds = JSON.stringify(pages.filter(isId));
  const categoryIds = JSON.stringify(categories.filter(isId));
  const above = (condition: string) => `exists (
    select 1 from knowledge.wiki_categories own join knowledge.wiki_categories r
      on starts_with(own.path || '/', r.path || '/')
    where own.id = p.category_id and ${condition})`;
  const isClosed = above(`r.is_restricted and r.created_by <> ?::uuid and r.id not in ${granted('?')}`);
  const isGuest = !isMember(viewer);
  const isOpen = `not p.is_restricted and not ${isClosed}${isGuest ? ` and ${above(`r.id in ${granted('?')}`)}` : ''}`;
  return {
    sql: `(p.created_by = ?::uuid or p.id in ${granted('?')} or (${isOpen}))`,
    values: [viewer.id, pageIds, viewer.id, categoryIds, ...(isGuest ? [categoryIds] : [])],
  };
}

/** The categories that a viewer may see, as a condition on the alias `c`. */
export async function readableCategories(grants: Grants, viewer: Viewer | null): Promise<SqlPart> {
  if (!viewer?.permissions.includes('READ')) return { sql: 'false', values: [] };
  const ids = await grants.ids(viewer, 'READ', CATEGORY_TYPE);
  if (viewer.permissions.includes('MANAGE') || ids.includes('*')) return { sql: 'true', values: [] };
  const categoryIds = JSON.stringify(ids.filter(isId));
  const isClosed = `exists (select 1 from knowledge.wiki_categories r where starts_with(c.path || '/', r.path || '/')
    and r.is_restricted and r.created_by <> ?::uuid and r.id not in ${granted('?')})`;
  const isGuest = !isMember(viewer);
  const isGranted = `exists (select 1 from knowledge.wiki_categories r where starts_with(c.path || '/', r.path || '/') and r.id in ${granted('?')})`;
  return {
    sql: `(not ${isClosed}${isGuest ? ` and ${isGranted}` : ''})`,
    values: [viewer.id, categoryIds, ...(isGuest ? [categoryIds] : [])],
  };
}

export const canWrite = (viewer: Viewer | null): boolean =>
  viewer !== null && isMember(viewer) && viewer.permissions.includes('WRITE');

/** Moderators change locked pages, and approve changes. */
export const moderates = (viewer: Viewer | null): boolean => canWrite(viewer) && viewer!.permissions.includes('DELETE');
