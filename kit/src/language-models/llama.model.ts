/**
 * A GGUF model in this process, by llama.cpp (node-llama-cpp), on the processor alone. Loads the file at its first question. Answers one
 * question at a time; further ones wait.
 */
import type * as Library from 'node-llama-cpp' with { 'resolution-mode': 'import' };
import { defaultThreads, failed, importLibrary, loadGguf, unlessAborted } from './llama.engine';
import { ModelError, namedTurn, type LanguageModel, type ModelRequest, type ModelTurn } from './language-model';

export interface LlamaOptions {
  /** The path of the GGUF file. */
  path: string;
  /** Tokens of prompt and answer together. The memory for them grows with it. */
  contextTokens: number;
  /** Default: half of the processors, as llama.cpp's threads spin while they wait for each other. */
  threads?: number;
}

export class LlamaModel implements LanguageModel {
  readonly name = 'llama';
  private context: Promise<Library.LlamaContext> | undefined;
  /** Settles when the last question has its answer. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: LlamaOptions) {}

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<string> {
    const before = this.turn;
    const { promise, resolve: release } = Promise.withResolvers<void>();
    this.turn = before.then(() => promise);
    const end = new AbortController();
    const stop = () => end.abort(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    try {
      await unlessAborted(before, signal);
      yield* this.answer(request, end);
      signal.throwIfAborted();
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof ModelError ? error : failed(error);
    } finally {
      signal.removeEventListener('abort', stop);
      end.abort();
      release();
    }
  }

  private async *answer({ turns, maxTokens }: ModelRequest, end: AbortController): AsyncGenerator<string> {
    const [{ LlamaChatSession }, context] = [await importLibrary(), await unlessAborted(this.load(), end.signal)];
    const parts: string[] = [];
    let wake = () => {};
    const sequence = context.getSequence();
    const session = new LlamaChatSession({ contextSequence: sequence, autoDisposeSequence: true });
    try {
      const question = turns.at(-1)!;
      session.setChatHistory(turns.slice(0, -1).map(toHistory));
      let isDone = false;
      const answering = session
        .prompt(namedTurn(question).content, {
          maxTokens,
          signal: end.signal,
          onTextChunk: (part) => {
            parts.push(part);
            wake();
          },
        })
        .finally(() => {
          isDone = true;
          wake();
        });
      answering.catch(() => undefined); // awaited below, unless the reader leaves
      try {
        while (!isDone || parts.length > 0) {
          if (parts.length === 0) await new Promise<void>((resolve) => (wake = resolve));
          else yield parts.shift()!;
        }
        await answering;
      } finally {
        end.abort();
        await answering.catch(() => undefined); // the sequence is in use until then
      }
    } finally {
      session.dispose();
    }
  }

  private load(): Promise<Library.LlamaContext> {
    this.context ??= this.loadContext();
    this.context.catch(() => (this.context = undefined));
    return this.context;
  }

  private async loadContext(): Promise<Library.LlamaContext> {
    const { path, contextTokens, threads = defaultThreads() } = this.options;
    const model = await loadGguf(path);
    return model.createContext({ contextSize: Math.min(contextTokens, model.trainContextSize), threads });
  }

  /** Loads the file, so that a file that is no model is found before the first question. */
  async probe(signal: AbortSignal): Promise<void> {
    try {
      await unlessAborted(this.load(), signal);
    } catch (error) {
      signal.throwIfAborted();
      throw error instanceof ModelError ? error : failed(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const context = await this.context?.catch(() => undefined);
    await context?.model.dispose();
  }
}

function toHistory(turn: ModelTurn): Library.ChatHistoryItem {
  const { content: text } = namedTurn(turn);
  if (turn.role === 'assistant') return { type: 'model', response: [text] };
  return { type: turn.role, text };
}
