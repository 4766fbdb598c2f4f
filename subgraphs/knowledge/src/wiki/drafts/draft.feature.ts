/** Drafts of pages, and approval before publication. */
import type { KnowledgeFeature } from '../../feature';
import type { CategoryService } from '../categories/category.service';
import type { PageLoader } from '../pages/page.loader';
import type { PageService } from '../pages/page.service';
import { draftPolicy } from './draft.policy';
import { DraftResolver } from './draft.resolver';
import { DraftService } from './draft.service';

export const draftFeature: KnowledgeFeature<{
  services: { drafts: DraftService };
  needs: { categories: CategoryService; pages: PageService };
  needsLoaders: { page: PageLoader };
}> = {
  name: 'wiki-drafts',
  resolvers: [DraftResolver],
  policy: draftPolicy,
  services: ({ grants, services: { categories, pages } }) => ({ drafts: new DraftService(pages, categories, grants) }),
  accountRows: [{ table: 'wiki_drafts', column: 'author_id' }],
};
