/**
 * Finds the terms that occur in a text, in any inflected form, by an Aho–Corasick automaton of the keys of all terms in a thread. The thread
 * builds another one in the background when the dictionary has changed. Until then the earlier one answers. Holds no keys itself.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { ApiError } from '@chat/kit/errors';
import type { Logger } from '@chat/kit/logging';
import { WorkerThreads } from '@chat/kit/process/worker-threads';
import { join } from 'node:path';
import type { KeyKind } from '../terms/term.keys';
import { MAX_LENGTH, type KeyRow, type LoadedKeys } from './term-finder.worker';
import type * as Work from './term-finder.worker';

/** How long an automaton is used before the dictionary's version is read again, in milliseconds. */
const FRESH_MS = 500;
/** For a text or a part of the keys, with the start of the thread and the texts that wait before it, in milliseconds. */
const DEADLINE_MS = 30_000;
/** Keys that are read and sent to the thread at once. */
const PART = 5000;

interface Loaded {
  version: string;
  isEmpty: boolean;
}

export class TermFinder implements AsyncDisposable {
  private loaded: Promise<Loaded> | undefined;
  private checkedAt = -Infinity;
  private nextLoad = 1;
  private readonly thread = new WorkerThreads<typeof Work>({
    module: join(__dirname, 'term-finder.worker'),
    deadlineMs: DEADLINE_MS,
    overload: 'Too many texts wait for their terms. Try again in a moment.',
    isStateful: true,
  });

  constructor(
    private readonly fork: () => EntityManager,
    private readonly log: Logger,
  ) {}

  /**
   * The ids of the terms in the first 200,000 characters of a text, in the order of their first occurrence; at most 100.
   * @throws SERVICE_UNAVAILABLE if too many texts wait, or if the thread was replaced while it got its keys
   */
  async find(text: string): Promise<string[]> {
    const current = this.current();
    if ((await current).isEmpty) return [];
    const read = text.slice(0, MAX_LENGTH);
    const found = await this.thread.run<string[] | undefined>('findTerms', read);
    if (found) return found;
    // The thread is another one than that which got the keys.
    if (this.loaded === current) this.loaded = undefined;
    await this.current();
    return (await this.thread.run<string[] | undefined>('findTerms', read)) ?? [];
  }

  private current(): Promise<Loaded> {
    if (!this.loaded) {
      this.checkedAt = performance.now();
      const first = this.load();
      first.catch(() => (this.loaded = undefined));
      return (this.loaded = first);
    }
    if (performance.now() - this.checkedAt > FRESH_MS) {
      this.checkedAt = Number.POSITIVE_INFINITY;
      void this.refresh(this.loaded);
    }
    return this.loaded;
  }

  private async refresh(old: Promise<Loaded>): Promise<void> {
    try {
      if ((await readVersion(this.fork())) === (await old).version) return;
      const fresh = await this.load();
      this.loaded = Promise.resolve(fresh);
    } catch (error) {
      this.log.warn({ err: error }, 'could not rebuild the automaton of terms; the earlier one is used');
    } finally {
      this.checkedAt = performance.now();
    }
  }

  /** @throws SERVICE_UNAVAILABLE if the thread was replaced, or another load began, before it had all keys */
  private async load(): Promise<Loaded> {
    const load = this.nextLoad++;
    const em = this.fork();
    const version = await readVersion(em);
    let isEmpty = true;
    let after: StoredKey | undefined;
    for (let isFirst = true, isLast = false; !isLast; isFirst = false) {
      const rows = await readKeys(em, after);
      isLast = rows.length < PART;
      if (isFirst && rows.length === 0) break;
      isEmpty = false;
      after = rows.at(-1) ?? after;
      const keys = rows.map(({ kind, ...row }): KeyRow => ({
        ...row,
        kind: kind === 'TERM' || kind === 'SYNONYM' ? 'FORM' : kind,
      }));
      const part: LoadedKeys = { load, rows: keys, isFirst, isLast };
      if (!(await this.thread.run<boolean>('loadKeys', part)))
        throw new ApiError('SERVICE_UNAVAILABLE', 'The terms are being read again. Try again in a moment.');
    }
    return { version, isEmpty };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.thread[Symbol.asyncDispose]();
  }
}

interface StoredKey {
  termId: string;
  key: string;
  kind: KeyKind;
}

/** In the order of the primary key. */
function readKeys(em: EntityManager, after: StoredKey | undefined): Promise<StoredKey[]> {
  return em.execute<StoredKey[]>(
    `select term_id as "termId", key, kind from knowledge.term_keys
     ${after ? 'where (term_id, key, kind) > (?::uuid, ?, ?)' : ''} order by term_id, key, kind limit ${PART}`,
    after ? [after.termId, after.key, after.kind] : [],
  );
}

async function readVersion(em: EntityManager): Promise<string> {
  const [row] = await em.execute<{ version: string }[]>('select version from knowledge.dictionary_state');
  return String(row!.version);
}
