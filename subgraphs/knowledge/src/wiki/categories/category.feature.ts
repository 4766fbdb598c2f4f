/** Categories of the wiki. */
import type { SourceChanges } from '../../changes/source-changes';
import type { KnowledgeFeature } from '../../feature';
import { categoryPolicy } from './category.policy';
import { CategoryResolver } from './category.resolver';
import { CategoryService } from './category.service';

export const categoryFeature: KnowledgeFeature<{
  services: { categories: CategoryService };
  needs: { changes: SourceChanges };
}> = {
  name: 'wiki-categories',
  resolvers: [CategoryResolver],
  policy: categoryPolicy,
  services: ({ grants, services: { changes } }) => ({ categories: new CategoryService(grants, changes) }),
};
