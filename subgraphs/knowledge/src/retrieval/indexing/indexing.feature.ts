/** The preparation of texts for the search, which every kind of source needs. */
import type { KnowledgeFeature } from '../../feature';
import { SourceIndexer } from './source.indexer';

export const indexingFeature: KnowledgeFeature<{ services: { indexer: SourceIndexer } }> = {
  name: 'indexing',
  services: ({ disposal }) => ({ indexer: disposal.use(new SourceIndexer()) }),
};
