/** The engine for GGUF models in this process (node-llama-cpp), on the processor alone. Holds no model. */
import { open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { compileFunction, constants } from 'node:vm';
import type * as Library from 'node-llama-cpp' with { 'resolution-mode': 'import' };
import { ModelError } from './language-model';

/** The library is an ES module that cannot be required. Compiled to CommonJS, an import in this file would be a require. */
export const importLibrary = compileFunction('return import("node-llama-cpp")', [], {
  filename: __filename,
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
}) as () => Promise<typeof Library>;

/** The beginning of a GGUF file, and its versions that exist (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). */
const MAGIC = 'GGUF';
const VERSIONS = new Set([1, 2, 3]);

/** Threads for one model: half of the processors, as llama.cpp's threads spin while they wait for each other. */
export const defaultThreads = (): number => Math.max(1, Math.floor(availableParallelism() / 2));

/** @throws ModelError if the file is no model */
export async function loadGguf(path: string): Promise<Library.LlamaModel> {
  await checkFile(path);
  const { getLlama, LlamaLogLevel } = await importLibrary();
  const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, logLevel: LlamaLogLevel.disabled });
  return llama.loadModel({ modelPath: path });
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
export async function unlessAborted<T>(waiting: Promise<T>, signal: AbortSignal): Promise<T> {
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

export const failed = (cause: unknown) =>
  new ModelError('FAILED', `The model failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
