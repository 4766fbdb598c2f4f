/** The interface of language models: a prompt of turns in, text in parts out. Holds no provider and knows no storage. */

export interface ModelTurn {
  role: 'system' | 'user' | 'assistant';
  content: string;
  /** The speaker's name, if the conversation may have several. */
  speaker?: string;
}

/** A turn for providers without a field for names. */
export const namedTurn = ({ role, content, speaker }: ModelTurn) => ({
  role,
  content: speaker === undefined ? content : `${speaker}: ${content}`,
});

/** A text that explains a topic. */
export interface Reference {
  /** A definition of a word, or a page about it. */
  kind: 'DEFINITION' | 'PAGE';
  title: string;
  /** Markdown, one paragraph or a few. */
  text: string;
  /** The path of a page; absent for definitions. */
  path?: string;
}

/**
 * Finds references that the asker may read, the best first. Empty if there are none or their source is unavailable.
 * @param language the language in which the question was asked
 * @throws the reason of `signal`, and nothing else
 */
export type FindReferences = (topic: string, language: string, signal: AbortSignal) => Promise<readonly Reference[]>;

export interface ModelRequest {
  /** Oldest first. The last turn is the question. */
  turns: readonly ModelTurn[];
  /** The provider ends its text after this many tokens. */
  maxTokens: number;
  /** For models that have no knowledge of their own. */
  findReferences?: FindReferences;
}

export interface LanguageModel {
  /** Lower case, as settings name the provider. */
  readonly name: string;
  /**
   * The text in parts, as the provider sends them. Ends normally only if the provider has said that the text is complete. Nothing goes on
   * at the provider once the iterator has returned or `signal` has aborted.
   * @throws ModelError; the reason of `signal` if it aborts
   */
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<string>;
  /** Resolves if the provider can be asked now. Costs little. @throws ModelError with the reason otherwise */
  probe(signal: AbortSignal): Promise<void>;
  /** Releases what the model holds in this process. */
  [Symbol.asyncDispose]?(): Promise<void>;
}

export type ModelFault =
  /** No connection, or the connection ended before an answer. */
  | 'UNREACHABLE'
  /** The provider refuses this request: a wrong key, an unknown model, a prompt that is too long. */
  | 'REFUSED'
  /** The provider asks for a pause (429, 503). */
  | 'BUSY'
  /** The provider failed (5xx), or reported an error in its stream. */
  | 'FAILED'
  /** Nothing arrived within the idle limit. */
  | 'SILENT'
  /** The stream ended before the provider said that the text is complete. */
  | 'CUT'
  /** A line of the stream, or the whole response, is not of the protocol. */
  | 'MALFORMED'
  /** More bytes than a text of this size can need. */
  | 'TOO_LARGE'
  /** A complete answer without text. */
  | 'EMPTY';

/** The failure of a provider. Its message is for the log and names no secret. */
export class ModelError extends Error {
  /** How long the provider asked to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly fault: ModelFault,
    message: string,
    { cause, retryAfterMs }: { cause?: unknown; retryAfterMs?: number } = {},
  ) {
    super(message, { cause });
    this.name = 'ModelError';
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether another request would probably fail as well. A refusal may be about this prompt alone. */
  get isOutage(): boolean {
    return this.fault !== 'REFUSED' && this.fault !== 'EMPTY';
  }
}

/**
 * The failure behind an error of a client library, which may have wrapped it. Anything unknown is a failed connection.
 * @param signal if it has aborted, its reason is thrown instead
 */
export function modelErrorFrom(error: unknown, signal: AbortSignal): ModelError {
  signal.throwIfAborted();
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof ModelError) return cause;
  return new ModelError('UNREACHABLE', error instanceof Error ? error.message : String(error), { cause: error });
}
