/** Ranking by a GGUF model in this process (a cross-encoder). Loads the file with the first question, and cuts texts that are too long for it. */
import { basename } from 'node:path';
import type * as Library from 'node-llama-cpp' with { 'resolution-mode': 'import' };
import { defaultThreads, failed, loadGguf, unlessAborted } from './llama.engine';
import { ModelError } from './language-model';
import type { TextRanker } from './text-ranker';

export interface LlamaRankerOptions {
  /** The path of the GGUF file. */
  path: string;
  /** Default: half of the processors. */
  threads?: number;
}

/** Tokens of a question and a text at most; a longer context takes memory that no passage needs. */
const MAX_TOKENS = 1024;
const MAX_QUESTION_TOKENS = 256;
/** Tokens that the engine or the model's template may add. */
const ADDED_TOKENS = 128;

export class LlamaRanker implements TextRanker {
  readonly name: string;
  private context: Promise<Library.LlamaRankingContext> | undefined;

  constructor(private readonly options: LlamaRankerOptions) {
    this.name = `llama:${basename(options.path)}`;
  }

  /** Between 0 and 1. */
  async rank(question: string, texts: readonly string[], signal: AbortSignal): Promise<readonly number[]> {
    try {
      const context = await unlessAborted(this.load(), signal);
      const { model } = context;
      const room = context.contextSize - ADDED_TOKENS;
      const asked = model.tokenize(question).slice(0, Math.min(MAX_QUESTION_TOKENS, Math.floor(room / 2)));
      const ranks: number[] = [];
      for (const text of texts) {
        signal.throwIfAborted();
        const rank = await context.rank(asked, model.tokenize(text).slice(0, room - asked.length));
        if (!Number.isFinite(rank)) throw new ModelError('MALFORMED', 'The model gave no number for a text.');
        ranks.push(rank);
      }
      return ranks;
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof ModelError ? error : failed(error);
    }
  }

  private load(): Promise<Library.LlamaRankingContext> {
    this.context ??= this.loadContext();
    this.context.catch(() => (this.context = undefined));
    return this.context;
  }

  private async loadContext(): Promise<Library.LlamaRankingContext> {
    const { path, threads = defaultThreads() } = this.options;
    const model = await loadGguf(path);
    try {
      return await model.createRankingContext({ contextSize: Math.min(MAX_TOKENS, model.trainContextSize), threads });
    } catch (error) {
      await model.dispose();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const context = await this.context?.catch(() => undefined);
    await context?.model.dispose();
  }
}
