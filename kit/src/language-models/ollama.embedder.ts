/** Embeddings of an Ollama server (https://docs.ollama.com/api). It cuts texts that are too long for its model. */
import { Ollama } from 'ollama';
import { guardedFetch } from './guarded-fetch';
import { modelErrorFrom } from './language-model';
import type { OllamaOptions } from './ollama.model';
import { checkVectors, EMBEDDING_LIMITS, type TextEmbedder } from './text-embedder';

export class OllamaEmbedder implements TextEmbedder {
  readonly name: string;

  constructor(private readonly options: OllamaOptions) {
    this.name = `ollama:${options.model}`;
  }

  async embed(texts: readonly string[], signal: AbortSignal): Promise<readonly (readonly number[])[]> {
    const { baseUrl: host, model } = this.options;
    try {
      const client = new Ollama({ host, fetch: guardedFetch({ ...EMBEDDING_LIMITS, ...this.options, signal }) });
      const { embeddings } = await client.embed({ model, input: [...texts], truncate: true });
      return checkVectors(embeddings, texts.length);
    } catch (error) {
      throw modelErrorFrom(error, signal);
    }
  }
}
