/** Everything that MikroORM stores for this subgraph, from its features. */
import { features } from './features';

export const entities = features.flatMap((feature) => [...(feature.entities ?? [])]);
