/**
 * Renders, analyses, compares and merges pages: short ones on the event loop, long ones in worker threads, so that no page delays other requests. Caches the
 * latest HTML. Holds nothing durable.
 */
import { WorkerThreads } from '@chat/kit/process/worker-threads';
import type { Term } from '@chat/kit/text-analysis/text-query';
import { LRUCache } from 'lru-cache';
import { join } from 'node:path';
import { analysePage, type PageAnalysis } from './page.analysis';
import { pageDiff, type PageDiff, type Version } from './page.diff';
import { pageHtml } from './page.markdown';
import { mergeTexts, type Versions } from './page.merge';
import { snippetOf } from './page.snippet';
import type * as Work from './page.worker';

/** At this length, in UTF-16 units, even the worst text takes only a few milliseconds. */
const MAX_INLINE = 1000;
/** The size of the cache, in characters. */
const CACHE_CHARACTERS = 8_000_000;
/** The deadline for waiting, the start of a thread and its work, in milliseconds. */
const DEADLINE_MS = 30_000;

/** What a service does with the texts of its pages. */
export type PageTexts = Pick<PageReader, 'analyse' | 'merge' | 'diff'>;

export class PageReader implements AsyncDisposable {
  private readonly known = new LRUCache<string, string>({
    maxSize: CACHE_CHARACTERS,
    sizeCalculation: (html, body) => body.length + html.length + 1,
  });
  private readonly threads = new WorkerThreads<typeof Work>({
    module: join(__dirname, 'page.worker'),
    deadlineMs: DEADLINE_MS,
    overload: 'Too many long pages are being read. Try again in a moment.',
  });

  /** @throws SERVICE_UNAVAILABLE if too many long pages wait, or if one takes too long */
  async html(body: string): Promise<string> {
    const known = this.known.get(body);
    if (known !== undefined) return known;
    const html = body.length <= MAX_INLINE ? pageHtml(body) : await this.threads.run<string>('pageHtml', body);
    this.known.set(body, html);
    return html;
  }

  /** @throws SERVICE_UNAVAILABLE like {@link html} */
  analyse({ title, body }: { title: string; body: string }): Promise<PageAnalysis> {
    return body.length <= MAX_INLINE
      ? Promise.resolve(analysePage({ title, body }))
      : this.threads.run('analysePage', { title, body });
  }

  /** The merged text; undefined if the changes conflict. @throws SERVICE_UNAVAILABLE like {@link html} */
  merge(versions: Versions): Promise<string | undefined> {
    const { base, ours, theirs } = versions;
    const isShort = Math.max(base.length, ours.length, theirs.length) <= MAX_INLINE;
    return isShort || ours === theirs || base === theirs || base === ours
      ? Promise.resolve(mergeTexts(versions))
      : this.threads.run('mergeTexts', versions);
  }

  /** @throws SERVICE_UNAVAILABLE like {@link html} */
  diff(from: Version, to: Version): Promise<PageDiff> {
    return Math.max(from.body.length, to.body.length) <= MAX_INLINE
      ? Promise.resolve(pageDiff({ from, to }))
      : this.threads.run('pageDiff', { from: versionOf(from), to: versionOf(to) });
  }

  /** HTML. @throws SERVICE_UNAVAILABLE like {@link html} */
  snippet(page: { title: string; body: string; terms: readonly Term[] }): Promise<string> {
    return page.body.length <= MAX_INLINE ? Promise.resolve(snippetOf(page)) : this.threads.run('snippetOf', page);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.threads[Symbol.asyncDispose]();
  }
}

/** A row has more than a thread needs. */
const versionOf = ({ title, body, version }: Version): Version => ({ title, body, version });
