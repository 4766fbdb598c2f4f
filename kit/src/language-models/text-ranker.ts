/** The interface of models that tell how well texts answer a question. Holds no provider, and knows no language. */
export interface TextRanker {
  readonly name: string;
  /** One number per text, in order; greater is better. @throws ModelError; the reason of `signal` if it aborts */
  rank(question: string, texts: readonly string[], signal: AbortSignal): Promise<readonly number[]>;
  /** Releases the model's memory in this process. */
  [Symbol.asyncDispose]?(): Promise<void>;
}
