/** Environment variables of the knowledge subgraph, beyond those of every subgraph. */
import { booleanVariable } from '@chat/kit/config';
import { subgraphVariables } from '@chat/kit/graphql/runtime';
import { languageModelVariables } from '@chat/kit/language-models/settings';
import { z } from 'zod';

export const knowledgeVariables = {
  ...subgraphVariables,
  ...languageModelVariables,
  FILES_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('URL under which this process reaches the gateway, to read uploaded files; by default PUBLIC_URL'),
  EMBEDDINGS_ENABLED: booleanVariable()
    .default(true)
    .describe('whether searches in English also compare meanings, by the packaged encoder'),
  VECTOR_DB_TYPE: z
    .enum(['chromadb', 'qdrant'])
    .default('chromadb')
    .describe('the vector store: chromadb, or qdrant for installations with many documents'),
  VECTOR_DB_PREFIX: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must have up to 40 lower-case letters, digits and hyphens')
    .default('chat')
    .describe('the names of collections in the vector store begin with it; one for each installation that shares it'),
  CHROMA_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('a Chroma server, http://host:port; npm start without it starts one below DATA_DIR'),
  QDRANT_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('a Qdrant server 1.18 or later, such as http://127.0.0.1:6333, for VECTOR_DB_TYPE=qdrant'),
  QDRANT_API_KEY: z.string().optional().describe('API key for QDRANT_URL'),
};

export type KnowledgeConfig = z.output<z.ZodObject<typeof knowledgeVariables>>;
