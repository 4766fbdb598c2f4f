/** The vector store of the configuration. */
import type { Logger } from '@chat/kit/logging';
import type { KnowledgeConfig } from '../../../config';
import { ChromaStore } from './chroma.store';
import { QdrantStore } from './qdrant.store';
import type { VectorStore } from './vector-store';

type StoreConfig = Pick<
  KnowledgeConfig,
  'VECTOR_DB_TYPE' | 'CHROMA_URL' | 'QDRANT_URL' | 'QDRANT_API_KEY' | 'VECTOR_DB_PREFIX'
>;

/** Undefined if the store has no address: searches then find passages by words, and vectors only rank them. */
export function createVectorStore(config: StoreConfig, log: Logger): VectorStore | undefined {
  const prefix = config.VECTOR_DB_PREFIX;
  if (config.VECTOR_DB_TYPE === 'qdrant') {
    const { QDRANT_URL: url, QDRANT_API_KEY: apiKey } = config;
    if (url !== undefined) return new QdrantStore({ url, prefix, ...(apiKey === undefined ? {} : { apiKey }) });
  } else if (config.CHROMA_URL !== undefined) return new ChromaStore({ url: config.CHROMA_URL, prefix });
  log.info({ type: config.VECTOR_DB_TYPE }, 'no vector store is configured; searches find passages by words');
  return undefined;
}
