/** Embeddings of a GGUF model in this process. Loads the file with the first text, and cuts texts that are too long for the model. */
import { statSync } from 'node:fs';
import { basename } from 'node:path';
import type * as Library from 'node-llama-cpp' with { 'resolution-mode': 'import' };
import { defaultThreads, failed, loadGguf, unlessAborted } from './llama.engine';
import { ModelError } from './language-model';
import { checkVectors, type TextEmbedder } from './text-embedder';

export interface LlamaEmbedderOptions {
  /** The path of the GGUF file. */
  path: string;
  /** Default: half of the processors. */
  threads?: number;
}

/** Tokens of one text at most; a longer context takes memory that no passage needs. */
const MAX_TOKENS = 2048;
/** Tokens that the engine may add at the ends. */
const ADDED_TOKENS = 2;

export class LlamaEmbedder implements TextEmbedder {
  readonly name: string;
  private context: Promise<Library.LlamaEmbeddingContext> | undefined;

  constructor(private readonly options: LlamaEmbedderOptions) {
    const size = statSync(options.path, { throwIfNoEntry: false })?.size ?? 0;
    this.name = `llama:${basename(options.path)}:${size}`;
  }

  async embed(texts: readonly string[], signal: AbortSignal): Promise<readonly (readonly number[])[]> {
    try {
      const context = await unlessAborted(this.load(), signal);
      const { model } = context;
      const most = Math.min(MAX_TOKENS, model.trainContextSize) - ADDED_TOKENS;
      const vectors: (readonly number[])[] = [];
      for (const text of texts) {
        signal.throwIfAborted();
        vectors.push((await context.getEmbeddingFor(model.tokenize(text).slice(0, most))).vector);
      }
      return checkVectors(vectors, texts.length);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof ModelError ? error : failed(error);
    }
  }

  private load(): Promise<Library.LlamaEmbeddingContext> {
    this.context ??= this.loadContext();
    this.context.catch(() => (this.context = undefined));
    return this.context;
  }

  private async loadContext(): Promise<Library.LlamaEmbeddingContext> {
    const { path, threads = defaultThreads() } = this.options;
    const model = await loadGguf(path);
    return model.createEmbeddingContext({ contextSize: Math.min(MAX_TOKENS, model.trainContextSize), threads });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const context = await this.context?.catch(() => undefined);
    await context?.model.dispose();
  }
}
