/** The subgraph's schema and policy, from its features. */
import { defineSubgraph } from '@chat/kit/graphql/feature-subgraph';
import { features } from './features';

export const definition = defineSubgraph('identity', features);
