/** Puts the files subgraph together. Its parts are in features.ts. */
import { secretOf } from '@chat/kit/auth/derived-keys';
import { unknownAccounts } from '@chat/identity-client/directory/directory';
import { createFeatureSubgraph } from '@chat/kit/graphql/feature-subgraph';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { join } from 'node:path';
import type { FilesConfig } from './config';
import type { FilesContext } from './context';
import { definition } from './definition';
import type { FilesParts } from './feature';
import { features } from './features';
import { openStore } from './storage/open-store';
import { FileUrls } from '@chat/kit/auth/file-urls';

export const createFiles = (config: FilesConfig): Promise<Subgraph> =>
  createFeatureSubgraph<FilesConfig, typeof features, Pick<FilesParts, 'store' | 'urls'>, FilesContext>({
    definition,
    config,
    features,
    migrations: join(__dirname, 'migrations'),
    findDeletedAccounts: unknownAccounts,
    async share({ disposal }) {
      return {
        store: disposal.use(await openStore(config)),
        urls: new FileUrls(secretOf(config), config.PUBLIC_URL),
      };
    },
    context: () => ({}),
  });
