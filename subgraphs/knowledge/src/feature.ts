/** The manifest of a knowledge feature, and the infrastructure that it may use. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { Feature, FeatureShape } from '@chat/kit/graphql/feature';
import type { BaseParts } from '@chat/kit/graphql/feature-subgraph';
import type { KnowledgeConfig } from './config';

export interface KnowledgeParts extends BaseParts<KnowledgeConfig> {
  /** Answers whether a viewer was granted a page or a category. */
  grants: Grants;
}

export type KnowledgeFeature<Shape extends FeatureShape = object> = Feature<KnowledgeParts, Shape>;
