/** Embeddings of servers with OpenAI's API. */
import { modelErrorFrom } from './language-model';
import { openAiClient, type OpenAiOptions } from './openai.model';
import { checkVectors, EMBEDDING_LIMITS, type TextEmbedder } from './text-embedder';

export class OpenAiEmbedder implements TextEmbedder {
  readonly name: string;

  constructor(private readonly options: OpenAiOptions) {
    this.name = `openai:${options.model}`;
  }

  async embed(texts: readonly string[], signal: AbortSignal): Promise<readonly (readonly number[])[]> {
    try {
      const client = await openAiClient({ ...EMBEDDING_LIMITS, ...this.options }, signal);
      const { data } = await client.embeddings.create(
        { model: this.options.model, input: [...texts], encoding_format: 'float' },
        { signal },
      );
      const vectors = [...(data ?? [])].sort((a, b) => a.index - b.index).map(({ embedding }) => embedding);
      return checkVectors(vectors, texts.length);
    } catch (error) {
      throw modelErrorFrom(error, signal);
    }
  }
}
