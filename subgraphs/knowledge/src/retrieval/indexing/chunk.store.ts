/**
 * Writes and deletes the chunks of one source, together with the statistics of their words. Chunks that stay the same keep their row and
 * their vectors. Runs in the caller's transaction. Decides nothing about access.
 */
import type { EntityManager } from '@chat/kit/database/database';
import type { IndexedChunk, TitledChunk } from './chunk.analysis';

export type SourceKind = 'DOCUMENT' | 'WIKI' | 'DICTIONARY' | 'MESSAGE' | 'FILE';

export interface IndexedSource {
  kind: SourceKind;
  id: string;
}

export interface PreparedSource extends IndexedSource {
  /** All chunks in their order. */
  chunks: readonly (TitledChunk & { key: string })[];
  /** The analysis of those that were not stored, by key. */
  added: ReadonlyMap<string, IndexedChunk>;
}

/** Rows of one statement. */
const BATCH = 500;

interface StoredChunk {
  id: string;
  position: number;
  key: string;
}

/** The stored chunks of a source. Two with the same key have the same title and text. */
export const readChunkKeys = (em: EntityManager, { kind, id }: IndexedSource): Promise<StoredChunk[]> =>
  em.execute<StoredChunk[]>(
    `select id, position, md5(title || chr(10) || body) as key from knowledge.chunks
     where source = ? and source_id = ? order by position`,
    [kind, id],
  );

/**
 * Makes the chunks of the source those that were prepared. The caller holds a lock, so that no other transaction writes the same source.
 * @returns false if the source has lost a chunk since it was prepared; nothing is written then, and it must be prepared again
 */
export async function writeSource(tx: EntityManager, source: PreparedSource): Promise<boolean> {
  const stored = Map.groupBy(await readChunkKeys(tx, source), ({ key }) => key);
  const moved: { id: string; position: number }[] = [];
  const added: (TitledChunk & IndexedChunk & { position: number })[] = [];
  for (const [position, { key, ...chunk }] of source.chunks.entries()) {
    const same = stored.get(key)?.shift();
    const analysed = source.added.get(key);
    if (same) {
      if (same.position !== position) moved.push({ id: same.id, position });
    } else if (analysed) added.push({ position, ...chunk, ...analysed });
    else return false;
  }
  await removeChunks(tx, source, [...stored.values()].flat());
  if (moved.length > 0)
    await tx.execute(
      `update knowledge.chunks c set position = x.position
       from jsonb_to_recordset(?::jsonb) as x(id bigint, position int) where c.id = x.id`,
      [JSON.stringify(moved)],
    );
  for (let from = 0; from < added.length; from += BATCH)
    await tx.execute(
      `insert into knowledge.chunks (source, source_id, position, title, body, language, words, compounds, lexemes, search)
       select ?, ?, position, title, text, language, words, compounds, lexemes, search::tsvector
       from jsonb_to_recordset(?::jsonb)
         as x(position int, title text, text text, language text, words int, compounds jsonb, lexemes text[], search text)`,
      [source.kind, source.id, JSON.stringify(added.slice(from, from + BATCH))],
    );
  await count(tx, added, 1);
  return true;
}

export async function removeSource(tx: EntityManager, source: IndexedSource): Promise<void> {
  await removeChunks(tx, source);
}

/** @param chunks all of the source by default */
async function removeChunks(
  tx: EntityManager,
  { kind, id }: IndexedSource,
  chunks?: readonly { id: string }[],
): Promise<void> {
  if (chunks?.length === 0) return;
  const ids = chunks && JSON.stringify(chunks.map((chunk) => chunk.id));
  const removed = await tx.execute<{ words: number; lexemes: string[] }[]>(
    `with gone as (delete from knowledge.chunks where source = ? and source_id = ?
       ${ids ? 'and id = any (array(select jsonb_array_elements_text(?::jsonb)::bigint))' : ''} returning id, words, lexemes),
     noted as (insert into knowledge.vector_removals (chunk_id) select id from gone)
     select words, lexemes from gone`,
    [kind, id, ...(ids ? [ids] : [])],
  );
  await count(tx, removed, -1);
}

/** Rows are locked in one order, so that two transactions never wait for each other. */
async function count(
  tx: EntityManager,
  chunks: readonly { words: number; lexemes: readonly string[] }[],
  sign: 1 | -1,
): Promise<void> {
  if (chunks.length === 0) return;
  const counts = new Map<string, number>();
  for (const { lexemes } of chunks) for (const lexeme of lexemes) counts.set(lexeme, (counts.get(lexeme) ?? 0) + sign);
  await tx.execute(
    `insert into knowledge.chunk_words (lexeme, chunks)
     select key, value::int from jsonb_each_text(?::jsonb) order by key collate "C"
     on conflict (lexeme) do update set chunks = chunk_words.chunks + excluded.chunks`,
    [JSON.stringify(Object.fromEntries(counts))],
  );
  await tx.execute('update knowledge.chunk_totals set chunks = chunks + ?, words = words + ?', [
    sign * chunks.length,
    sign * chunks.reduce((all, { words }) => all + words, 0),
  ]);
}

/** The number of chunks that hold each lexeme; those of none are missing. */
export async function readWordCounts(em: EntityManager, lexemes: readonly string[]): Promise<Map<string, number>> {
  if (lexemes.length === 0) return new Map<string, number>();
  const rows = await em.execute<{ lexeme: string; chunks: number }[]>(
    `select lexeme, chunks from knowledge.chunk_words
     where lexeme = any (array(select jsonb_array_elements_text(?::jsonb))) and chunks > 0`,
    [JSON.stringify(lexemes)],
  );
  return new Map(rows.map(({ lexeme, chunks }) => [lexeme, chunks]));
}
