/** All MikroORM entities of this subgraph, from its features. */
import { features } from './features';

export const entities = features.flatMap((feature) => [...(feature.entities ?? [])]);
