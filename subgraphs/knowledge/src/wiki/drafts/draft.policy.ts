/** Access to drafts. Authors read and publish their own; approvers of a category read its changes that wait. */
import { forbidden, notFound } from '@chat/kit/errors';
import { isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { KnowledgeContext } from '../../context';
import { canWrite } from '../pages/page.access';
import { mayUpdate } from '../pages/page.policy';
import type { DraftRow } from './draft.store';

type Check = (context: KnowledgeContext, draft: DraftRow) => Promise<true | string> | true | string;

/** A rule about one draft: NOT_FOUND comes first, then `check`. */
const draftRule = (name: string, check: Check) =>
  rule<KnowledgeContext, { id?: string }>(name, async (context, { id = '' }) => {
    const { em, services, viewer } = context;
    if (!viewer) return false;
    const draft = await services.drafts.accessDraft(em, viewer, id);
    if (!draft) return notFound('Draft');
    const verdict = await check(context, draft);
    return verdict === true || forbidden(verdict);
  });

const isAuthor: Check = ({ viewer }, { authorId }) => viewer!.id === authorId || 'Only its author does this.';

async function mayPublish(context: KnowledgeContext, draft: DraftRow): Promise<true | string> {
  if (draft.authorId !== context.viewer!.id) return 'Only its author publishes a draft.';
  if (draft.status === 'SUBMITTED') return 'The change waits for approval.';
  if (draft.pageId === null) return canWrite(context.viewer) || 'Guests create no pages.';
  const page = await context.loaders.page.accessPage(draft.pageId);
  return page ? mayUpdate(context, page) : 'You may no longer read the page.';
}

const savesDraft = rule<KnowledgeContext, { input?: { pageId?: string | null } }>(
  'may create pages, or may change the page of the draft',
  async (context, { input }) => {
    if (!context.viewer) return false;
    if (input?.pageId == null) return canWrite(context.viewer) || forbidden('Guests create no pages.');
    const page = await context.loaders.page.accessPage(input.pageId);
    if (!page) return notFound('Page');
    const verdict = await mayUpdate(context, page);
    return verdict === true || forbidden(verdict);
  },
);

const decides = draftRule(
  'approves changes of the category',
  async ({ em, services, viewer }, draft) =>
    (await services.drafts.approves(em, viewer!, draft)) ||
    'Only accounts that approve changes of the category decide.',
);

export const draftPolicy: Policy = {
  fields: {
    Query: { myWikiDrafts: isLoggedIn, wikiChangesToApprove: isLoggedIn },
    Mutation: {
      saveWikiDraft: savesDraft,
      publishWikiDraft: draftRule('wrote the draft and may change the page', mayPublish),
      deleteWikiDraft: draftRule('wrote the draft', isAuthor),
      approveWikiChange: decides,
      rejectWikiChange: decides,
    },
    WikiDraft: withParent(
      ...['id', 'page', 'baseVersion', 'slug', 'locale', 'title', 'body', 'categoryPath', 'tags', 'summary'],
      ...['status', 'note', 'author', 'createdAt', 'updatedAt'],
    ),
  },
  references: {},
};
