/** Reads and writes rows of documents. Each read has the condition of access in its statement. */
import type { Viewer } from '@chat/kit/auth/viewer';
import type { EntityManager } from '@chat/kit/database/database';
import type { SqlCondition } from '../retrieval-source';
import type { DocumentOrigin, DocumentStatus } from './document.type';

export interface DocumentRow {
  id: string;
  ownerId: string;
  title: string;
  status: DocumentStatus;
  error: string | null;
  source: DocumentOrigin;
  url: string | null;
  fetchedAt: Date | null;
  chunkCount: number;
  embeddedCount: number;
  createdAt: Date;
}

const COLUMNS = `d.id, d.owner_id as "ownerId", d.title, d.status, d.error, d.source, d.url, d.fetched_at as "fetchedAt", d.chunk_count as "chunkCount",
  (select count(distinct e.chunk_id)::int from knowledge.chunks c join knowledge.embeddings e on e.chunk_id = c.id
   where c.source = 'DOCUMENT' and c.source_id = d.id) as "embeddedCount",
  d.created_at as "createdAt"`;

/**
 * A condition on the alias `d` of `knowledge.documents`. Owners and the accounts of `visibility` read a document; members also read those
 * without `visibility`. Administrators have no exception.
 */
export function readableDocuments({ id, roles, permissions }: Viewer): SqlCondition {
  if (!permissions.includes('READ')) return { sql: 'false', parameters: [] };
  const isMember = roles.some((role) => role !== 'GUEST');
  return {
    sql: `(d.owner_id = ?::uuid or ?::uuid = any (d.visibility)${isMember ? ' or d.visibility is null' : ''})`,
    parameters: [id, id],
  };
}

export async function findDocuments(em: EntityManager, viewer: Viewer, ids: readonly string[]): Promise<DocumentRow[]> {
  const { sql, parameters } = readableDocuments(viewer);
  const rows = await em.execute<(Omit<DocumentRow, 'createdAt' | 'fetchedAt'> & Stored)[]>(
    `select ${COLUMNS} from knowledge.documents d
     where d.id = any (array(select jsonb_array_elements_text(?::jsonb)::uuid)) and ${sql}`,
    [JSON.stringify(ids), ...parameters],
  );
  return rows.map(({ createdAt, fetchedAt, ...row }) => ({
    ...row,
    createdAt: new Date(createdAt),
    fetchedAt: fetchedAt === null ? null : new Date(fetchedAt),
  }));
}

interface Stored {
  createdAt: string;
  fetchedAt: string | null;
}

export interface NewDocument {
  id: string;
  ownerId: string;
  title: string;
  text: string | null;
  fileId: string | null;
  url: string | null;
  /** The account with the permissions by which its file is read. */
  reader: object;
  visibility: readonly string[] | null;
}

export async function insertDocument(tx: EntityManager, document: NewDocument): Promise<void> {
  await tx.execute(
    `insert into knowledge.documents (id, owner_id, title, status, source, text, file_id, url, reader, visibility)
     values (?, ?, ?, 'PENDING', ?, ?, ?, ?, ?::jsonb,
       case when ?::jsonb is null then null else array(select jsonb_array_elements_text(?::jsonb)::uuid) end)`,
    [
      ...[document.id, document.ownerId, document.title, originOf(document), document.text],
      ...[document.fileId, document.url, JSON.stringify(document.reader)],
      ...[jsonOrNull(document.visibility), jsonOrNull(document.visibility)],
    ],
  );
}

const originOf = ({ fileId, url }: NewDocument) => (url !== null ? 'URL' : fileId !== null ? 'FILE' : 'TEXT');

const jsonOrNull = (value: unknown) => (value === null ? null : JSON.stringify(value));

/** @returns false if it is gone */
export async function deleteDocument(tx: EntityManager, id: string): Promise<boolean> {
  const rows = await tx.execute<unknown[]>('delete from knowledge.documents where id = ? returning id', [id]);
  return rows.length > 0;
}

/** Null if its text came otherwise. */
export async function readUrl(em: EntityManager, id: string): Promise<string | null> {
  const [row] = await em.execute<{ url: string | null }[]>('select url from knowledge.documents where id = ?', [id]);
  return row?.url ?? null;
}

/** The beginning of a text, for a search for similar ones. */
export async function readBeginning(em: EntityManager, id: string, characters: number): Promise<string> {
  const [row] = await em.execute<{ text: string | null }[]>(
    'select left(text, ?) as text from knowledge.documents where id = ?',
    [characters, id],
  );
  return row?.text ?? '';
}
