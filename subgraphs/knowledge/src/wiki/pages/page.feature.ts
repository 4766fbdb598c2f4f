/** Pages of the wiki. */
import type { SourceChanges } from '../../changes/source-changes';
import type { KnowledgeFeature } from '../../feature';
import type { CategoryService } from '../categories/category.service';
import { PageEntity } from './page.entity';
import { pageStream } from './page.events';
import { PageLoader } from './page.loader';
import { pagePolicy } from './page.policy';
import { PageReader } from './page.reader';
import { pageReference } from './page.reference';
import { PageResolver } from './page.resolver';
import { RevisionResolver } from './revision.resolver';
import { PageService } from './page.service';

export const pageFeature: KnowledgeFeature<{
  services: { pages: PageService; pageReader: PageReader };
  loaders: { page: PageLoader };
  needs: { changes: SourceChanges; categories: CategoryService };
}> = {
  name: 'wiki-pages',
  entities: [PageEntity],
  resolvers: [PageResolver, RevisionResolver],
  references: { WikiPage: pageReference },
  policy: pagePolicy,
  replicaReads: ['wikiPage', 'wikiDiff'],
  streams: [pageStream],
  services({ disposal, eventLog, services: { categories, changes } }) {
    const pageReader = disposal.use(new PageReader());
    return { pageReader, pages: new PageService(eventLog, categories, changes, pageReader) };
  },
  loaders: ({ em, viewer, parts: { grants, services } }) => ({
    page: new PageLoader(em, viewer, grants, services.categories),
  }),
};
