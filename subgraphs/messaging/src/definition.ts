/** Schema and policy of the subgraph, merged from its features. */
import { defineSubgraph } from '@chat/kit/graphql/feature-subgraph';
import { features } from './features';

export const definition = defineSubgraph('messaging', features);
