/** Puts the knowledge subgraph together. Its parts are in features.ts. */
import { watchAccessChanges } from '@chat/identity-client/access/access-changes';
import { Grants } from '@chat/identity-client/access/grants';
import { unknownAccounts } from '@chat/identity-client/directory/directory';
import { createFeatureSubgraph } from '@chat/kit/graphql/feature-subgraph';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { join } from 'node:path';
import type { KnowledgeConfig } from './config';
import type { KnowledgeContext } from './context';
import { definition } from './definition';
import type { KnowledgeParts } from './feature';
import { features } from './features';

export const createKnowledge = (config: KnowledgeConfig): Promise<Subgraph> =>
  createFeatureSubgraph<KnowledgeConfig, typeof features, Pick<KnowledgeParts, 'grants'>, KnowledgeContext>({
    definition,
    config,
    features,
    migrations: join(__dirname, 'migrations'),
    findDeletedAccounts: unknownAccounts,
    share({ disposal, fork, subscriber }) {
      const grants = new Grants(fork);
      disposal.defer(watchAccessChanges(subscriber, ({ userId }) => grants.forget(userId), config.REDIS_PREFIX));
      return { grants };
    },
    context: ({ grants }) => ({ grants }),
  });
