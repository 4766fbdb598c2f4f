/** The subgraphs of the single process. The rest of this package names only identity, for its administrator and its tokens. */
import { createFiles, filesVariables } from '@chat/files';
import { identityVariables } from '@chat/identity';
import { createMessaging, messagingVariables } from '@chat/messaging';
import { createPlugins, pluginsVariables } from '@chat/plugins';
import { createRooms, roomsVariables } from '@chat/rooms';
import { createKnowledge, knowledgeVariables } from '@chat/knowledge';
import type { Subgraph } from '@chat/kit/graphql/subgraph';
import type { z } from 'zod';

/** Environment variables of all subgraphs. */
export const subgraphVariables = {
  ...knowledgeVariables,
  ...pluginsVariables,
  ...roomsVariables,
  ...filesVariables,
  ...messagingVariables,
  ...identityVariables,
};

type CreateSubgraph = (
  config: z.output<z.ZodObject<typeof subgraphVariables>>,
  deps: { others: readonly Subgraph[] },
) => Promise<Subgraph>;

/** Composition roots of all subgraphs except identity. Each may ask those before it. */
export const createSubgraphs: readonly CreateSubgraph[] = [
  createKnowledge,
  createPlugins,
  createRooms,
  createFiles,
  createMessaging,
];
