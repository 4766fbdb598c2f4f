/**
 * Analyses messages' texts: short ones on the event loop, long ones in worker threads, so that no text delays other requests. Caches the
 * latest results. Holds nothing durable: the HTML of messages is in a table (../message-html.store.ts).
 */
import { WorkerThreads } from '@chat/kit/process/worker-threads';
import { excerptOf, type ExcerptPiece } from '@chat/kit/text-analysis/excerpt';
import { textDocument } from '@chat/kit/text-analysis/text-document';
import type { Term } from '@chat/kit/text-analysis/text-query';
import { LRUCache } from 'lru-cache';
import { join } from 'node:path';
import { analyseText, GAP, plainText, type MessageText } from './message-text';
import type * as Work from './text.worker';

/** At this length, in UTF-16 units, even the worst text takes only a few milliseconds. */
const MAX_INLINE = 1000;
/** The size of the cache, in characters. */
const CACHE_CHARACTERS = 8_000_000;
/** The deadline for waiting and analysis in a thread, in milliseconds. */
const DEADLINE_MS = 10_000;

export class TextReader implements AsyncDisposable {
  private readonly known = new LRUCache<string, MessageText>({
    maxSize: CACHE_CHARACTERS,
    sizeCalculation: ({ html, shown, said }, body) => body.length + html.length + shown.length + said.length + 1,
  });
  private readonly underway = new Map<string, Promise<MessageText>>();
  private readonly threads = new WorkerThreads<typeof Work>({
    module: join(__dirname, 'text.worker'),
    deadlineMs: DEADLINE_MS,
    overload: 'Too many long texts are being read. Try again in a moment.',
  });

  /**
   * @param body at most as long as a message.
   * @param signal aborts when the client disconnects.
   * @throws SERVICE_UNAVAILABLE if too many long texts are waiting; the signal's reason if it aborts.
   */
  async read(body: string, signal?: AbortSignal): Promise<MessageText> {
    signal?.throwIfAborted();
    const found = this.readNow(body);
    if (found) return found;
    if (signal) return this.readApart(body, signal);
    const running = this.underway.get(body);
    if (running) return running;
    const reading = this.readApart(body).finally(() => this.underway.delete(body));
    this.underway.set(body, reading);
    return reading;
  }

  /** Undefined for a long text that is not cached. */
  readNow(body: string): MessageText | undefined {
    const known = plainText(body) ?? this.known.get(body);
    if (known || body.length > MAX_INLINE) return known;
    return this.keep(body, analyseText(body));
  }

  /** Uses a thread even for a short text. */
  async readApart(body: string, signal?: AbortSignal): Promise<MessageText> {
    return this.keep(body, await this.threads.run<MessageText>('analyseText', body, signal));
  }

  /** The document for the search index: a `tsvector`. @throws SERVICE_UNAVAILABLE like {@link read}. */
  async document(body: string, signal?: AbortSignal): Promise<string> {
    const text = searched(await this.read(body, signal));
    return text.length > MAX_INLINE ? this.threads.run('textDocument', text, signal) : textDocument(text);
  }

  /** The matching parts of a text. @throws SERVICE_UNAVAILABLE like {@link read}. */
  async excerpt(body: string, terms: readonly Term[]): Promise<ExcerptPiece[][]> {
    const text = searched(await this.read(body));
    return text.length > MAX_INLINE ? this.threads.run('excerptOf', { text, terms }) : excerptOf({ text, terms });
  }

  private keep(body: string, text: MessageText): MessageText {
    this.known.set(body, text);
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.threads[Symbol.asyncDispose]();
  }
}

/** The searchable text, with a line break between blocks. */
const searched = ({ shown }: MessageText): string => shown.replaceAll(GAP, '\n').trim();
