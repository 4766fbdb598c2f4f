/** Reads the text of a stranger's file in a thread of its own, which ends after a time and at a size. Knows no format. */
import { extname, join } from 'node:path';
import { setInterval, clearInterval } from 'node:timers';
import { Worker } from 'node:worker_threads';

/** The file cannot be read. The message tells its owner why. */
export class UnreadableFileError extends Error {}

export interface ReadingLimits {
  /** Default: one minute, in milliseconds. */
  timeoutMs?: number;
  /** By how much the process may grow meanwhile, in bytes; default 1 GiB. */
  memoryBytes?: number;
}

type Reply = { text: string } | { problem: string | null };

const HEAP_MB = 512;
const WATCH_MS = 50;

/** The text as Markdown. @throws UnreadableFileError */
export async function readFileText(
  bytes: Uint8Array,
  { timeoutMs = 60_000, memoryBytes = 2 ** 30 }: ReadingLimits = {},
): Promise<string> {
  const worker = new Worker(join(__dirname, `reading.worker${extname(__filename)}`), {
    execArgv: ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON'],
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    stdout: true,
    stderr: true,
  });
  const before = process.memoryUsage.rss();
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const refuse = (message: string) => reject(new UnreadableFileError(message));
  worker.once('message', resolve);
  worker.once('error', () => refuse('The file needs too much memory to be read.'));
  worker.once('exit', () => refuse('The file could not be read.'));
  const timer = setTimeout(() => refuse('The file takes too long to be read.'), timeoutMs);
  // The heap's limit does not cover buffers, into which archives and streams are unpacked.
  const watch = setInterval(() => {
    if (process.memoryUsage.rss() - before > memoryBytes) refuse('The file needs too much memory to be read.');
  }, WATCH_MS);
  try {
    const copy = Uint8Array.from(bytes);
    worker.postMessage(copy, [copy.buffer]);
    const reply = await promise;
    if ('text' in reply) return reply.text;
    throw new UnreadableFileError(reply.problem ?? 'The file could not be read.');
  } finally {
    clearTimeout(timer);
    clearInterval(watch);
    await worker.terminate();
  }
}
