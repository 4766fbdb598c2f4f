/**
 * A GGUF model in this process, by llama.cpp (node-llama-cpp), on the processor alone. Loads the file at its first question. Answers one
 * question at a time; further ones wait.
 */
import { open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { compileFunction, constants } from 'node:vm';
import type * as Library from 'node-llama-cpp' with { 'resolution-mode': 'import' };
import { ModelError, namedTurn, type LanguageModel, type ModelRequest, type ModelTurn } from './language-model';

export interface LlamaOptions {
  /** The path of the GGUF file. */
  path: string;
  /** Tokens of prompt and answer together. The memory for them grows with it. */
  contextTokens: number;
  /** Default: half of the processors, as llama.cpp's threads spin while they wait for each other. */
  threads?: number;
}

/** The library is an ES module that cannot be required. Compiled to CommonJS, an import in this file would be a require. */
const importLibrary = compileFunction('return import("node-llama-cpp")', [], {
  filename: __filename,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
}) as () => Promise<typeof Library>;

/** The beginning of a GGUF file, and its versions that exist (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). */
const MAGIC = 'GGUF';
const VERSIONS = new Set([1, 2, 3]);

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
    const { path, contextTokens, threads = Math.max(1, Math.floor(availableParallelism() / 2)) } = this.options;
    await checkFile(path);
    const { getLlama, LlamaLogLevel } = await importLibrary();
    const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, logLevel: LlamaLogLevel.disabled });
    const model = await llama.loadModel({ modelPath: path });
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

/** The library reads a file that is no model again and again. @throws ModelError */
async function checkFile(path: string): Promise<void> {
  try {
    await using file = await open(path);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8), 0, 8, 0);
    if (bytesRead === 8 && buffer.toString('latin1', 0, 4) === MAGIC && VERSIONS.has(buffer.readUInt32LE(4))) return;
  } catch (cause) {
    throw new ModelError('REFUSED', `The file ${path} cannot be read.`, { cause });
  }
  throw new ModelError('REFUSED', `The file ${path} is not a GGUF model.`);
}

/** @throws the reason of `signal` if it aborts first */
async function unlessAborted<T>(waiting: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([waiting, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

const failed = (cause: unknown) =>
  new ModelError('FAILED', `The model failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });

function toHistory(turn: ModelTurn): Library.ChatHistoryItem {
  const { content: text } = namedTurn(turn);
  if (turn.role === 'assistant') return { type: 'model', response: [text] };
  return { type: turn.role, text };
}
