/** The composition root of the messaging subgraph. features.ts lists its parts. */
import { watchAccessChanges } from '@chat/identity-client/access/access-changes';
import { Grants } from '@chat/identity-client/access/grants';
import { unknownAccounts } from '@chat/identity-client/directory/directory';
import { createFeatureSubgraph } from '@chat/kit/graphql/feature-subgraph';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { join } from 'node:path';
import type { MessagingConfig } from './config';
import type { MessagingContext } from './context';
import { definition } from './definition';
import { features } from './features';

export const createMessaging = (config: MessagingConfig): Promise<Subgraph> =>
  createFeatureSubgraph<MessagingConfig, typeof features, { grants: Grants }, MessagingContext>({
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
