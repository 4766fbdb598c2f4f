/** The composition root of the messaging subgraph. features.ts lists its parts. */
import { watchAccessChanges } from '@chat/identity-client/access/access-changes';
import { Grants } from '@chat/identity-client/access/grants';
import { unknownAccounts } from '@chat/identity-client/directory/directory';
import { createFeatureSubgraph } from '@chat/kit/graphql/feature-subgraph';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import { KnowledgeClient } from './assistant/references/knowledge.client';
import { BeforeMessage } from './messages/before-message';
import { join } from 'node:path';
import type { MessagingConfig } from './config';
import type { MessagingContext } from './context';
import { definition } from './definition';
import type { MessagingParts } from './feature';
import { features } from './features';

/** @param others the subgraphs of the same process that exist already */
export const createMessaging = (
  config: MessagingConfig,
  { others = [] }: { others?: readonly Subgraph[] } = {},
): Promise<Subgraph> =>
  createFeatureSubgraph<
    MessagingConfig,
    typeof features,
    Pick<MessagingParts, 'grants' | 'beforeMessage' | 'knowledge'>,
    MessagingContext
  >({
    definition,
    config,
    features,
    migrations: join(__dirname, 'migrations'),
    findDeletedAccounts: unknownAccounts,
    share({ disposal, fork, log, subscriber, viewerHeader }) {
      const grants = new Grants(fork);
      disposal.defer(watchAccessChanges(subscriber, ({ userId }) => grants.forget(userId), config.REDIS_PREFIX));
      const beforeMessage = new BeforeMessage({
        url: config.MESSAGE_CHECK_URL,
        timeoutMs: config.PLUGIN_HOOK_MS,
        onFailure: config.PLUGIN_HOOK_FAILURE,
        viewerHeader,
        log,
        others,
      });
      const knowledge = new KnowledgeClient({ url: config.KNOWLEDGE_URL, viewerHeader, log, others });
      return { grants, beforeMessage, knowledge };
    },
    context: ({ grants }) => ({ grants }),
  });
