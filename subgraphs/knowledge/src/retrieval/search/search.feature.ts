/** The search over all sources: everything that the feature brings to its subgraph. */
import type { SourceChanges } from '../../changes/source-changes';
import type { KnowledgeFeature } from '../../feature';
import { EMBED_CHUNKS, enqueueEmbedding } from '../vectors/embeddings';
import { createEncoders } from '../vectors/create-encoders';
import { createVectorStore } from '../vectors/stores/create-vector-store';
import { SETTLED_MS, VectorIndex } from '../vectors/vector-index';
import type { SourceIndexer } from '../indexing/source.indexer';
import { createReranking } from '../ranking/reranking';
import type { Messaging } from '../messages/messaging';
import { dictionarySource } from './dictionary.source';
import { documentSource } from './document.source';
import { messageSource } from './message.source';
import { searchPolicy } from './search.policy';
import { SearchResolver } from './search.resolver';
import { SearchService } from './search.service';
import { INDEX_PAGE, indexChangedPages, indexPage, wikiSource } from './wiki.source';

export const searchFeature: KnowledgeFeature<{
  services: { searches: SearchService; vectors: VectorIndex };
  needs: { changes: SourceChanges; indexer: SourceIndexer; messaging: Messaging };
}> = {
  name: 'search',
  resolvers: [SearchResolver],
  policy: searchPolicy,
  services({ config, disposal, grants, jobs, log, services }) {
    indexChangedPages(services.changes, jobs);
    const sources = [documentSource, wikiSource(grants), dictionarySource, messageSource(grants, services.messaging)];
    const encoders = createEncoders(config);
    for (const encoder of encoders) disposal.use(encoder);
    const store = encoders.length > 0 ? createVectorStore(config, log) : undefined;
    if (store) disposal.use(store);
    const vectors = new VectorIndex({ encoders, store, sources, log });
    const reranking = createReranking(config, log);
    if (reranking) disposal.use(reranking);
    return { searches: new SearchService(sources, vectors, reranking), vectors };
  },
  jobs: ({ fork, jobs, services: { indexer, vectors } }) => ({
    tasks: {
      [INDEX_PAGE]: async ({ id }: { id: string }) => {
        await indexPage(fork(), indexer, id);
        await enqueueEmbedding(fork(), jobs);
      },
      [EMBED_CHUNKS]: async (_: object, { signal }) => {
        const hasSwitched = await vectors.synchronise(fork(), signal);
        if (hasSwitched) await enqueueEmbedding(fork(), jobs, new Date(Date.now() + SETTLED_MS));
      },
    },
    // Fills a store that was away or has lost its data.
    cron: [`*/10 * * * * ${EMBED_CHUNKS} ?queue=${EMBED_CHUNKS}`],
  }),
  start: ({ fork, jobs }) => enqueueEmbedding(fork(), jobs),
};
