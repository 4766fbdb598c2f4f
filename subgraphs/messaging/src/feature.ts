/** The manifest of a messaging feature, and the infrastructure that it may use. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { Feature, FeatureShape } from '@chat/kit/graphql/feature';
import type { BaseParts } from '@chat/kit/graphql/feature-subgraph';
import type { MessagingConfig } from './config';

export interface MessagingParts extends BaseParts<MessagingConfig> {
  /** Identity's grants on single resources, in addition to this subgraph's rules. */
  grants: Grants;
}

export type MessagingFeature<Shape extends FeatureShape = object> = Feature<MessagingParts, Shape>;
