/** The manifest of a rooms feature, and the infrastructure that it may use. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { Feature, FeatureShape } from '@chat/kit/graphql/feature';
import type { BaseParts } from '@chat/kit/graphql/feature-subgraph';
import type { RoomsConfig } from './config';

export interface RoomsParts extends BaseParts<RoomsConfig> {
  /** Identity's grants on single resources, in addition to this subgraph's rules. */
  grants: Grants;
}

export type RoomsFeature<Shape extends FeatureShape = object> = Feature<RoomsParts, Shape>;
