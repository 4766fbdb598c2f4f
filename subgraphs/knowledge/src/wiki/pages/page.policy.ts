/** Access to pages. A page that the viewer may not read is NOT_FOUND, the same as one that does not exist. */
import type { Permission } from '@chat/identity-client/access/grants';
import { forbidden, notFound } from '@chat/kit/errors';
import { isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { KnowledgeContext } from '../../context';
import { canWrite, CATEGORY_TYPE, moderates, PAGE_TYPE } from './page.access';
import type { PageEntity } from './page.entity';

/** The arguments that name a page. */
interface PageArguments {
  id?: string;
  input?: { id?: string };
}

type Check = (context: KnowledgeContext, page: PageEntity) => Promise<true | string> | true | string;

/** A rule about one page: NOT_FOUND comes first, then `check`, which answers true or the reason for FORBIDDEN. */
const pageRule = (name: string, check: Check) =>
  rule<KnowledgeContext, PageArguments, { id?: string } | undefined>(name, async (context, { id, input }, parent) => {
    const found = await context.loaders.page.accessPage(id ?? input?.id ?? parent?.id ?? '');
    if (!found) return context.viewer ? notFound('Page') : false;
    const verdict = await check(context, found);
    return verdict === true || forbidden(verdict);
  });

async function isGranted({ em, grants, services, viewer }: KnowledgeContext, permission: Permission, page: PageEntity) {
  if (await grants.can(viewer, permission, { type: PAGE_TYPE, id: page.id })) return true;
  for (const { id } of await services.categories.lineage(em, page.categoryId))
    if (await grants.can(viewer, permission, { type: CATEGORY_TYPE, id })) return true;
  return false;
}

/** True, or the reason why the viewer may not change a page that it reads. */
export async function mayUpdate(context: KnowledgeContext, page: PageEntity): Promise<true | string> {
  const { em, services, viewer } = context;
  if (await isGranted(context, 'WRITE', page)) return true;
  if (!viewer || !canWrite(viewer)) return 'Guests change no pages.';
  if (viewer.id === page.createdBy || moderates(viewer)) return true;
  if (page.isLocked) return 'The page is locked.';
  const isLocked = await services.categories.isLockedFor(
    viewer,
    await services.categories.lineage(em, page.categoryId),
  );
  return isLocked ? 'The category of the page is locked.' : true;
}

const writesPages = rule<KnowledgeContext>('is no guest and may write', ({ viewer }) => canWrite(viewer));

const seesPage = pageRule('sees the page', () => true);

const updatesPage = pageRule('may write and no lock prevents it, or was granted to change the page', mayUpdate);

const deletesPage = pageRule(
  'created the page, moderates, or was granted to delete it',
  async (context, page) =>
    (canWrite(context.viewer) &&
      (context.viewer!.id === page.createdBy || context.viewer!.permissions.includes('DELETE'))) ||
    (await isGranted(context, 'DELETE', page)) ||
    'Only its creator and moderators delete a page.',
);

const managesPage = pageRule(
  'created the page, manages it by a grant, or is an administrator',
  async (context, page) =>
    (canWrite(context.viewer) && context.viewer!.id === page.createdBy) ||
    (await isGranted(context, 'MANAGE', page)) ||
    'Only its creator and administrators restrict and lock a page.',
);

export const pagePolicy: Policy = {
  fields: {
    // `wikiPage` is loaded by its path through the loader, which answers NOT_FOUND by itself.
    Query: { wikiPage: isLoggedIn, wikiDiff: seesPage, wantedWikiPages: isLoggedIn, wikiTemplates: isLoggedIn },
    Mutation: {
      createWikiPage: writesPages,
      updateWikiPage: updatesPage,
      rollbackWikiPage: updatesPage,
      deleteWikiPage: deletesPage,
      restrictWikiPage: managesPage,
      lockWikiPage: managesPage,
      markWikiTemplate: managesPage,
    },
    Subscription: { wikiPageChanged: seesPage },
    WikiPage: withParent(
      ...['id', 'slug', 'title', 'body', 'bodyHtml', 'locale', 'version', 'category', 'tags', 'isRestricted'],
      ...['isPublished', 'isTemplate', 'isLocked', 'attachments'],
      ...['backlinks', 'translations', 'revisions', 'createdBy', 'updatedBy', 'createdAt', 'updatedAt'],
    ),
    WikiRevision: withParent(
      'version',
      'title',
      'body',
      'author',
      'originalAuthor',
      'approvedBy',
      'createdAt',
      'summary',
    ),
    File: withParent('id'),
    WikiDiff: withParent('unified', 'words'),
    WikiDiffPart: withParent('text', 'isAdded', 'isRemoved'),
    WantedPage: withParent('slug', 'linkCount'),
  },
  references: { WikiPage: seesPage },
};
