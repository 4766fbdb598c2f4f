/** Makes the chain of language models that the settings name. */
import type { Logger } from '../logging';
import type { LanguageModel } from './language-model';
import { LlamaModel } from './llama.model';
import { ModelChain } from './model-chain';
import { OllamaModel } from './ollama.model';
import { OpenAiModel } from './openai.model';
import type { LanguageModelConfig } from './settings';

/** @param own models of the caller, which take their place in AI_PROVIDERS by their name */
export function createModels(config: LanguageModelConfig, log: Logger, own: readonly LanguageModel[] = []): ModelChain {
  if (!config.AI_ENABLED) return new ModelChain([], log);
  const known = new Map([...configured(config), ...own].map((model) => [model.name, model]));
  return new ModelChain(
    config.AI_PROVIDERS.flatMap((name) => known.get(name) ?? []),
    log,
  );
}

function* configured(config: LanguageModelConfig): Generator<LanguageModel> {
  const idleMs = config.AI_IDLE_SECONDS * 1000;
  if (config.OLLAMA_BASE_URL)
    yield new OllamaModel({ baseUrl: config.OLLAMA_BASE_URL, model: config.OLLAMA_MODEL, idleMs });
  if (config.OPENAI_API_KEY ?? config.OPENAI_BASE_URL)
    yield new OpenAiModel({
      baseUrl: config.OPENAI_BASE_URL,
      apiKey: config.OPENAI_API_KEY,
      model: config.OPENAI_MODEL,
      idleMs,
    });
  if (config.LLAMA_MODEL_PATH)
    yield new LlamaModel({ path: config.LLAMA_MODEL_PATH, contextTokens: config.LLAMA_CONTEXT_TOKENS });
}
