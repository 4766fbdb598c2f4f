/** The subgraph's part of the graph, from its features. */
import { defineSubgraph } from '@chat/kit/graphql/feature-subgraph';
import { features } from './features';

export const definition = defineSubgraph('plugins', features);
