/** Puts the rooms subgraph together. Its parts are in features.ts. */
import { watchAccessChanges } from '@chat/identity-client/access/access-changes';
import { Grants } from '@chat/identity-client/access/grants';
import { unknownAccounts } from '@chat/identity-client/directory/directory';
import { clientFrom } from '@chat/kit/auth/client';
import { createFeatureSubgraph } from '@chat/kit/graphql/feature-subgraph';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { join } from 'node:path';
import type { RoomsConfig } from './config';
import type { RoomsContext } from './context';
import { definition } from './definition';
import type { RoomsParts } from './feature';
import { features } from './features';

export const createRooms = (config: RoomsConfig): Promise<Subgraph> =>
  createFeatureSubgraph<RoomsConfig, typeof features, Pick<RoomsParts, 'grants'>, RoomsContext>({
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
    context: ({ grants }, headers) => ({ grants, connection: clientFrom(headers).connection }),
  });
