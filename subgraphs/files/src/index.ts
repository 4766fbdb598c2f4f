/** The files subgraph. */
import { printSubgraphSdl } from '@chat/kit/graphql/build-schema';
import { definition } from './definition';

export { filesVariables, type FilesConfig } from './config';
export { createFiles } from './create-files';

/** The subgraph's SDL, as composition reads it. */
export const printSdl = (): string => printSubgraphSdl(definition);
