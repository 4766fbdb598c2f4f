/** The plugins subgraph. */
import { printSubgraphSdl } from '@chat/kit/graphql/build-schema';
import { definition } from './definition';

export { pluginsVariables, type PluginsConfig } from './config';
export { createPlugins } from './create-plugins';

/** The subgraph's SDL, as composition reads it. */
export const printSdl = (): string => printSubgraphSdl(definition);
