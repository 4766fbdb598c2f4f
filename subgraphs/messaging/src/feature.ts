/** The manifest of a messaging feature, and the infrastructure that it may use. */
import type { Grants } from '@chat/identity-client/access/grants';
import type { Feature, FeatureShape } from '@chat/kit/graphql/feature';
import type { BaseParts } from '@chat/kit/graphql/feature-subgraph';
import type { MessagingConfig } from './config';
import type { KnowledgeClient } from './assistant/references/knowledge.client';
import type { BeforeMessage } from './messages/before-message';

export interface MessagingParts extends BaseParts<MessagingConfig> {
  /** Identity's grants on single resources, in addition to this subgraph's rules. */
  grants: Grants;
  /** Plugins that may refuse or change messages. */
  beforeMessage: BeforeMessage;
  /** The wiki and the dictionary. */
  knowledge: KnowledgeClient;
}

export type MessagingFeature<Shape extends FeatureShape = object> = Feature<MessagingParts, Shape>;
