/** The wiki's full-text search. */
import type { KnowledgeFeature } from '../../feature';
import type { PageReader } from '../pages/page.reader';
import { wikiSearchPolicy } from './wiki-search.policy';
import { WikiSearchResolver } from './wiki-search.resolver';
import { WikiSearchService } from './wiki-search.service';

export const wikiSearchFeature: KnowledgeFeature<{
  services: { wikiSearch: WikiSearchService };
  needs: { pageReader: PageReader };
}> = {
  name: 'wiki-search',
  resolvers: [WikiSearchResolver],
  policy: wikiSearchPolicy,
  replicaReads: ['searchWiki'],
  services: ({ grants, services }) => ({ wikiSearch: new WikiSearchService(grants, services.pageReader) }),
};
