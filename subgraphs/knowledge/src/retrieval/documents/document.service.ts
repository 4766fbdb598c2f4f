/** Adds and removes documents. A job reads and indexes them. Holds no permission logic. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput, notFound } from '@chat/kit/errors';
import { newId } from '@chat/kit/ids';
import type { Jobs } from '@chat/kit/jobs/jobs';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeSource } from '../indexing/chunk.store';
import { enqueueEmbedding } from '../vectors/embeddings';
import type { SearchService } from '../search/search.service';
import type { DocumentDownload } from './document.download';
import type { AddDocumentInput } from './document.input';
import { INDEX_DOCUMENT } from './document.indexing';
import { deleteDocument, insertDocument, readBeginning, readUrl } from './document.store';

/** The length up to which `addDocument` waits for the job, in UTF-16 code units. */
const SHORT_TEXT = 20_000;
/** How long it waits, in milliseconds. */
const SHORT_WAIT_MS = 1000;
/** Attempts to reach another server, which take about four minutes. */
const URL_ATTEMPTS = 6;
/** Characters of a document by which similar ones are searched. */
const BEGINNING = 1500;
/** Passages that are compared for each similar document. */
const PASSAGES = 5;

export class DocumentService {
  constructor(
    private readonly searches: SearchService,
    private readonly jobs: Jobs,
    private readonly download: DocumentDownload,
  ) {}

  /** @returns the id */
  async addDocument(em: EntityManager, owner: Viewer, input: AddDocumentInput): Promise<string> {
    const given = [input.text, input.fileId, input.url].filter((origin) => origin != null);
    if (given.length !== 1) throw badUserInput({ text: 'Give exactly one of text, fileId and url.' });
    if (input.url != null) this.download.check(input.url);
    const id = newId();
    await em.transactional(async (tx) => {
      await insertDocument(tx, {
        id,
        ownerId: owner.id,
        title: input.title,
        text: input.text ?? null,
        fileId: input.fileId ?? null,
        url: input.url ?? null,
        reader: readerOf(owner),
        visibility: input.visibility ?? null,
      });
      await this.enqueue(tx, id, input.url != null);
    });
    if (input.text != null && input.text.length <= SHORT_TEXT) await this.awaitIndexed(em, id);
    return id;
  }

  /** Reads the document of a URL again. Until then the search finds its present text. @throws BAD_USER_INPUT if it has no URL */
  async refreshDocument(em: EntityManager, id: string): Promise<void> {
    const url = await readUrl(em, id);
    if (url === null) throw badUserInput({ id: 'Only a document from a URL can be read again.' });
    this.download.check(url);
    await this.enqueue(em, id, true);
  }

  private enqueue(tx: EntityManager, id: string, isOutside: boolean): Promise<void> {
    const key = `${INDEX_DOCUMENT}:${id}`;
    return this.jobs.enqueue(tx, INDEX_DOCUMENT, { id }, { key, ...(isOutside && { maxAttempts: URL_ATTEMPTS }) });
  }

  /** A short text is indexed within milliseconds, so its caller is spared a second request. */
  private async awaitIndexed(em: EntityManager, id: string): Promise<void> {
    const deadline = performance.now() + SHORT_WAIT_MS;
    for (let pauseMs = 10; performance.now() < deadline; pauseMs *= 1.5) {
      await sleep(pauseMs);
      const [row] = await em.execute<{ status: string }[]>('select status from knowledge.documents where id = ?', [id]);
      if (row?.status !== 'PENDING') return;
    }
  }

  async removeDocument(em: EntityManager, id: string): Promise<void> {
    await em.transactional(async (tx) => {
      if (!(await deleteDocument(tx, id))) throw notFound('Document');
      await removeSource(tx, { kind: 'DOCUMENT', id });
      await enqueueEmbedding(tx, this.jobs);
    });
  }

  /** The ids and scores of documents that the viewer may read, the most similar first. */
  async similarDocuments(
    em: EntityManager,
    viewer: Viewer,
    { id, title }: { id: string; title: string },
    limit: number,
  ): Promise<{ id: string; score: number }[]> {
    const query = `${title} ${await readBeginning(em, id, BEGINNING)}`;
    const hits = await this.searches.search(em, viewer, query, {
      kinds: ['DOCUMENT'],
      limit: limit * PASSAGES,
      exceptId: id,
    });
    const best = new Map<string, number>();
    for (const { sourceId, score } of hits) if (!best.has(sourceId)) best.set(sourceId, score);
    return [...best].slice(0, limit).map(([similar, score]) => ({ id: similar, score }));
  }
}

/** A file is read with the permissions that its owner has when the document is added. */
const readerOf = ({ id, roles, permissions, scope }: Viewer) => ({ id, roles, permissions, scope });
