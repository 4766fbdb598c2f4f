/**
 * Reads and indexes a document in a job. A fault of its file makes it FAILED. An outage lets the job run again, later each time, and the
 * document stays PENDING until the last attempt.
 */
import { downloadFile, FileServerAway, type FileSource, type FileViewer } from '@chat/kit/auth/file-download';
import type { EntityManager } from '@chat/kit/database/database';
import type { Jobs } from '@chat/kit/jobs/jobs';
import { createHash } from 'node:crypto';
import { writeSource } from '../indexing/chunk.store';
import type { SourceIndexer } from '../indexing/source.indexer';
import { enqueueEmbedding } from '../vectors/embeddings';
import type { DocumentDownload } from './document.download';
import { readFileText, UnreadableFileError } from './reading/read-file';

export const INDEX_DOCUMENT = 'index-document';

/** The largest file that is read, in bytes. */
const MAX_FILE = 100 << 20;

export interface Origins {
  files: FileSource;
  download: DocumentDownload;
}

interface Pending {
  title: string;
  text: string | null;
  fileId: string | null;
  url: string | null;
  reader: FileViewer | null;
  hash: string | null;
}

/** Idempotent. A text that is indexed already is not indexed again. */
export async function indexDocument(
  em: EntityManager,
  jobs: Jobs,
  indexer: SourceIndexer,
  origins: Origins,
  id: string,
  { attempt, maxAttempts }: { attempt: number; maxAttempts: number },
): Promise<void> {
  const [document] = await em.execute<Pending[]>(
    `select title, text, file_id as "fileId", url, reader, content_hash as hash from knowledge.documents where id = ?`,
    [id],
  );
  if (!document) return;
  try {
    const text = await textOf(origins, document);
    while (!(await store(em, jobs, indexer, id, document, text)));
  } catch (error) {
    if (error instanceof UnreadableFileError) return void (await fail(em, id, error.message));
    if (attempt >= maxAttempts) await fail(em, id, 'The document could not be read in many attempts. Add it again.');
    throw error;
  }
}

/** A document that was read before keeps its text. */
const fail = (em: EntityManager, id: string, reason: string): Promise<unknown> =>
  em.execute(
    `update knowledge.documents set status = case status when 'INDEXED' then 'INDEXED' else 'FAILED' end, error = ?, updated_at = now()
     where id = ?`,
    [reason, id],
  );

async function textOf({ files, download }: Origins, document: Pending): Promise<string> {
  if (document.url !== null) return readFileText(await download.read(document.url));
  return document.fileId === null ? (document.text ?? '') : readFileText(await fileOf(files, document));
}

async function fileOf(files: FileSource, { fileId, reader }: Pending): Promise<Buffer> {
  const bytes = await downloadFile(files, reader!, fileId!, MAX_FILE).catch((error: unknown) => {
    if (error instanceof RangeError) throw new UnreadableFileError(`The file is longer than ${MAX_FILE} bytes.`);
    // Not an outage of PostgreSQL, through which jobs wait: it would occupy a place among the running jobs.
    if (error instanceof FileServerAway) throw new Error(`${error.message} (${String(error.cause)})`);
    throw error;
  });
  if (!bytes) throw new UnreadableFileError('There is no complete file with this id that its owner may read.');
  return bytes;
}

/** @returns false if its chunks changed meanwhile */
async function store(
  em: EntityManager,
  jobs: Jobs,
  indexer: SourceIndexer,
  id: string,
  { title, hash: indexed }: Pending,
  text: string,
): Promise<boolean> {
  const hash = createHash('sha256').update(`${title}\n${text}`).digest('hex');
  const prepared = await indexer.prepare(em, { kind: 'DOCUMENT', id, title, text });
  return em.transactional(async (tx) => {
    // The row's lock makes two jobs of one document take turns, and a removal wins.
    const rows = await tx.execute('select 1 from knowledge.documents where id = ? for update', [id]);
    if (rows.length === 0) return true;
    if (hash !== indexed) {
      if (!(await writeSource(tx, prepared))) return false;
      await enqueueEmbedding(tx, jobs);
    }
    await tx.execute(
      `update knowledge.documents set status = 'INDEXED', error = null, text = ?, chunk_count = ?, content_hash = ?,
         fetched_at = case when url is null then null else now() end, updated_at = now() where id = ?`,
      [text, prepared.chunks.length, hash, id],
    );
    return true;
  });
}
