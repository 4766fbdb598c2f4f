/** The knowledge subgraph. */
import { printSubgraphSdl } from '@chat/kit/graphql/build-schema';
import { definition } from './definition';

export { knowledgeVariables, type KnowledgeConfig } from './config';
export { createKnowledge } from './create-knowledge';

/** The subgraph's SDL, as composition reads it. */
export const printSdl = (): string => printSubgraphSdl(definition);
