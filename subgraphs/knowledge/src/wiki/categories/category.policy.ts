/** Access to categories. A category that the viewer may not see is NOT_FOUND. */
import { forbidden, notFound } from '@chat/kit/errors';
import { isLoggedIn, rule, withParent, type Policy } from '@chat/kit/graphql/policy';
import type { KnowledgeContext } from '../../context';
import { canWrite, CATEGORY_TYPE } from '../pages/page.access';

const managesCategory = rule<KnowledgeContext, { id?: string }>(
  'created the category, manages it by a grant, or is an administrator',
  async ({ em, services, viewer, grants }, { id = '' }) => {
    const category = await services.categories.accessCategory(em, viewer, id);
    if (!category) return viewer ? notFound('Category') : false;
    const isOwn = canWrite(viewer) && viewer!.id === category.createdBy;
    return (
      isOwn ||
      (await grants.can(viewer, 'MANAGE', { type: CATEGORY_TYPE, id: category.id })) ||
      forbidden('Only its creator and administrators change a category.')
    );
  },
);

export const categoryPolicy: Policy = {
  fields: {
    Query: { wikiCategories: isLoggedIn },
    Mutation: {
      restrictWikiCategory: managesCategory,
      lockWikiCategory: managesCategory,
      setWikiCategoryApproval: managesCategory,
    },
    WikiCategory: withParent('id', 'name', 'path', 'isRestricted', 'requiresApproval', 'isLocked', 'pageCount'),
  },
  references: {},
};
