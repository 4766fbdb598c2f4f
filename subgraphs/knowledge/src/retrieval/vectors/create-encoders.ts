/** The encoders of the configuration. */
import { LlamaEmbedder } from '@chat/kit/language-models/llama.embedder';
import { OllamaEmbedder } from '@chat/kit/language-models/ollama.embedder';
import { OpenAiEmbedder } from '@chat/kit/language-models/openai.embedder';
import type { TextEmbedder } from '@chat/kit/language-models/text-embedder';
import type { KnowledgeConfig } from '../../config';
import { PackagedEncoder, type Encoder } from './encoder';
import { ModelEncoder } from './model.encoder';

/** The first one embeds; the vectors of the others serve queries until its own are complete. None if embeddings are off. */
export function createEncoders(config: KnowledgeConfig): (Encoder & AsyncDisposable)[] {
  if (!config.EMBEDDINGS_ENABLED) return [];
  return config.EMBEDDING_PROVIDERS.flatMap((provider) => {
    if (provider === 'packaged') return new PackagedEncoder();
    const embedder = embedderOf(config, provider);
    if (!embedder) return [];
    const { EMBEDDING_QUERY_PREFIX: QUERY, EMBEDDING_PASSAGE_PREFIX: PASSAGE } = config;
    return new ModelEncoder(embedder, { languages: config.EMBEDDING_LANGUAGES, prefixes: { QUERY, PASSAGE } });
  });
}

/** Undefined without its settings. */
function embedderOf(config: KnowledgeConfig, provider: 'llama' | 'ollama' | 'openai'): TextEmbedder | undefined {
  const idleMs = config.AI_IDLE_SECONDS * 1000;
  switch (provider) {
    case 'llama':
      return config.EMBEDDING_MODEL_PATH ? new LlamaEmbedder({ path: config.EMBEDDING_MODEL_PATH }) : undefined;
    case 'ollama': {
      const { OLLAMA_BASE_URL: baseUrl, OLLAMA_EMBEDDING_MODEL: model } = config;
      return baseUrl && model ? new OllamaEmbedder({ baseUrl, model, idleMs }) : undefined;
    }
    case 'openai': {
      const { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: apiKey, OPENAI_EMBEDDING_MODEL: model } = config;
      return model && (baseUrl ?? apiKey) ? new OpenAiEmbedder({ baseUrl, apiKey, model, idleMs }) : undefined;
    }
  }
}
