/** Documents: everything that the feature brings to its subgraph. */
import { secretOf } from '@chat/kit/auth/derived-keys';
import type { KnowledgeFeature } from '../../feature';
import type { SourceIndexer } from '../indexing/source.indexer';
import type { SearchService } from '../search/search.service';
import { DocumentDownload } from './document.download';
import { INDEX_DOCUMENT, indexDocument } from './document.indexing';
import { DocumentLoader } from './document.loader';
import { documentPolicy } from './document.policy';
import { documentReference } from './document.reference';
import { DocumentResolver } from './document.resolver';
import { DocumentService } from './document.service';

export const documentFeature: KnowledgeFeature<{
  services: { documents: DocumentService; download: DocumentDownload };
  loaders: { document: DocumentLoader };
  needs: { indexer: SourceIndexer; searches: SearchService };
}> = {
  name: 'documents',
  resolvers: [DocumentResolver],
  references: { Document: documentReference },
  policy: documentPolicy,
  services({ config, disposal, jobs, services }) {
    const download = disposal.use(new DocumentDownload(config));
    return { download, documents: new DocumentService(services.searches, jobs, download) };
  },
  jobs({ config, fork, jobs, services: { download, indexer } }) {
    const files = { secret: secretOf(config), publicUrl: config.FILES_URL ?? config.PUBLIC_URL };
    const origins = { files, download };
    return {
      tasks: {
        [INDEX_DOCUMENT]: ({ id }: { id: string }, job) => indexDocument(fork(), jobs, indexer, origins, id, job),
      },
    };
  },
  loaders: ({ em, viewer }) => ({ document: new DocumentLoader(em, viewer) }),
};
