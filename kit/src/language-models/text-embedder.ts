/** The interface of models that turn texts into vectors. Holds no provider, and knows no language and no storage. */
import { ModelError } from './language-model';

export interface TextEmbedder {
  /** The provider and its model: vectors of another name cannot be compared with these. */
  readonly name: string;
  /** One vector per text, in order, of any length. @throws ModelError; the reason of `signal` if it aborts */
  embed(texts: readonly string[], signal: AbortSignal): Promise<readonly (readonly number[])[]>;
  /** Releases what the model holds in this process. */
  [Symbol.asyncDispose]?(): Promise<void>;
}

/** The vectors of an answer, one per text, all of one size. @throws ModelError MALFORMED */
export function checkVectors(vectors: unknown, texts: number): readonly (readonly number[])[] {
  const size = Array.isArray(vectors) && Array.isArray(vectors[0]) ? vectors[0].length : 0;
  const isVector = (vector: unknown) =>
    Array.isArray(vector) && vector.length === size && vector.every((x) => Number.isFinite(x)) && vector.some(Boolean);
  if (size > 0 && Array.isArray(vectors) && vectors.length === texts && vectors.every(isVector))
    return vectors as readonly (readonly number[])[];
  throw new ModelError('MALFORMED', 'The provider did not answer with a vector for each text.');
}

/** One answer holds many long numbers, in one line. */
export const EMBEDDING_LIMITS = { maxBytes: 64 * 1024 ** 2, maxLineBytes: 64 * 1024 ** 2 };
