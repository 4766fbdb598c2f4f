/** The functions that source.indexer.ts runs in worker threads. */
export { analyseChunks, chunkSource, documentChunks } from './chunk.analysis';
