/** The manifest of a messaging feature, and the infrastructure that it may use. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { Feature, FeatureShape } from '@chat/kit/graphql/feature';
import type { BaseParts } from '@chat/kit/graphql/feature-subgraph';
import type { MessagingConfig } from './config';

export interface MessagingParts extends BaseParts<MessagingConfig> {
  /** Access that accounts were granted on single resources, beyond this subgraph's own rules. */
  grants: Grants;
}

export type MessagingFeature<Shape extends FeatureShape = object> = Feature<MessagingParts, Shape>;
