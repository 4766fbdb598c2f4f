/** Environment variables of the knowledge subgraph, beyond those of every subgraph. */
import { booleanVariable, integerVariable, listVariable } from '@chat/kit/config';
import { subgraphVariables } from '@chat/kit/graphql/runtime';
import { languageModelVariables } from '@chat/kit/language-models/settings';
import { z } from 'zod';

const EMBEDDING_PROVIDERS = ['llama', 'ollama', 'openai', 'packaged'] as const;

export const knowledgeVariables = {
  ...subgraphVariables,
  ...languageModelVariables,
  FILES_URL: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('URL under which this process reaches the gateway, to read uploaded files; by default PUBLIC_URL'),
  DOCUMENT_ALLOW_URLS: booleanVariable()
    .default(false)
    .describe('whether members may add documents by their URL, which this process then requests'),
  DOCUMENT_ALLOW_PRIVATE_ADDRESSES: booleanVariable()
    .default(false)
    .describe(
      'allow documents from private and loopback addresses; members can then read pages of the internal network',
    ),
  EMBEDDINGS_ENABLED: booleanVariable()
    .default(true)
    .describe('whether searches also compare meanings, in the languages that the encoder knows'),
  EMBEDDING_PROVIDERS: listVariable()
    .pipe(z.array(z.enum(EMBEDDING_PROVIDERS)).min(1))
    .default([...EMBEDDING_PROVIDERS])
    .describe('encoders; the first one with settings embeds, and the others serve until its vectors are complete'),
  EMBEDDING_MODEL_PATH: z
    .string()
    .optional()
    .describe('a GGUF file of an embedding model, which is run in the process, on the processor'),
  OLLAMA_EMBEDDING_MODEL: z
    .string()
    .optional()
    .describe('an embedding model at OLLAMA_BASE_URL, such as bge-m3; without it Ollama does not embed'),
  OPENAI_EMBEDDING_MODEL: z
    .string()
    .optional()
    .describe('an embedding model at the server with the API of OpenAI; all passages are sent there'),
  EMBEDDING_LANGUAGES: listVariable()
    .pipe(z.array(z.enum(['en', 'de'])).min(1))
    .default(['en'])
    .describe('the languages that the embedding model knows: en, de. The packaged encoder knows English only'),
  EMBEDDING_QUERY_PREFIX: z
    .string()
    .default('')
    .describe('the beginning of embedded questions, if the embedding model wants one, such as "query: "'),
  EMBEDDING_PASSAGE_PREFIX: z
    .string()
    .default('')
    .describe('the beginning of embedded passages, if the embedding model wants one, such as "passage: "'),
  RERANKER_MODEL_PATH: z
    .string()
    .optional()
    .describe(
      'a GGUF file of a model that orders the first passages of a search, run in the process, on the processor',
    ),
  RERANKER_LANGUAGES: listVariable()
    .pipe(z.array(z.enum(['en', 'de'])).min(1))
    .default(['en'])
    .describe('the languages that this model knows: en, de. Searches in another one keep their order'),
  RERANKER_PASSAGES: integerVariable(2, 200)
    .default(20)
    .describe('the passages of a search that this model orders; its time grows with them'),
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
