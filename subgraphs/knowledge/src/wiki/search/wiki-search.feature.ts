/** The wiki's full-text search. */
import type { KnowledgeFeature } from '../../feature';
import { wikiSearchPolicy } from './wiki-search.policy';
import { WikiSearchResolver } from './wiki-search.resolver';
import { WikiSearchService } from './wiki-search.service';

export const wikiSearchFeature: KnowledgeFeature<{ services: { wikiSearch: WikiSearchService } }> = {
  name: 'wiki-search',
  resolvers: [WikiSearchResolver],
  policy: wikiSearchPolicy,
  services: ({ grants }) => ({ wikiSearch: new WikiSearchService(grants) }),
};
