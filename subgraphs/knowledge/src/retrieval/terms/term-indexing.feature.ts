/** Terms of the dictionary in the search: everything that keeps them there. */
import type { SourceChanges } from '../../changes/source-changes';
import type { KnowledgeFeature } from '../../feature';
import type { SourceIndexer } from '../indexing/source.indexer';
import { INDEX_TERMS, TermIndexing } from './term.indexing';

export const termIndexingFeature: KnowledgeFeature<{
  services: { termIndexing: TermIndexing };
  needs: { changes: SourceChanges; indexer: SourceIndexer };
}> = {
  name: 'term-indexing',
  services({ fork, jobs, services: { changes, indexer } }) {
    const termIndexing = new TermIndexing(fork, jobs, indexer);
    termIndexing.listen(changes);
    return { termIndexing };
  },
  jobs: ({ services: { termIndexing } }) => ({ tasks: { [INDEX_TERMS]: termIndexing.indexTerms } }),
  // The terms of an earlier version are noted, without a job.
  start: ({ fork, services: { termIndexing } }) => termIndexing.enqueue(fork()),
};
