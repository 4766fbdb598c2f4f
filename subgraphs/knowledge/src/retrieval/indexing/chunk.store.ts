/**
 * Writes and deletes the chunks of one source, together with the statistics of their words. Runs in the caller's transaction. Decides
 * nothing about access.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { languageOf } from '@chat/kit/text-analysis/language';
import { textDocument } from '@chat/kit/text-analysis/text-document';
import { tokenise } from '@chat/kit/text-analysis/tokens';
import { compoundParts, possibleParts } from '../ranking/compounds';
import type { Chunk } from './chunking';

export type SourceKind = 'DOCUMENT' | 'WIKI' | 'DICTIONARY' | 'MESSAGE' | 'FILE';

export interface IndexedSource {
  kind: SourceKind;
  id: string;
  title: string;
  chunks: readonly Chunk[];
}

interface AnalysedChunk {
  text: string;
  language: string | null;
  words: number;
  /** The distinct forms and stems. */
  lexemes: string[];
  forms: string[];
}

/** Rows of one statement. */
const BATCH = 500;

/** Replaces the chunks of the source. */
export async function indexSource(tx: EntityManager, source: IndexedSource): Promise<void> {
  await removeSource(tx, source);
  const title = source.title;
  const chunks = source.chunks.map(({ heading, text }) => ({
    title: [title, heading].filter(Boolean).join(' › '),
    text,
  }));
  const analysed = chunks.map((chunk) => analyse(`${chunk.title}\n${chunk.text}`));
  await count(tx, analysed, 1);
  const chunksWith = await wordCounts(tx, analysed);
  for (let from = 0; from < chunks.length; from += BATCH) {
    const rows = chunks.slice(from, from + BATCH).map((chunk, i) => {
      const { text, language, words, lexemes, forms } = analysed[from + i]!;
      const compounds: Record<string, readonly string[]> = {};
      if (language !== 'en')
        for (const form of forms) {
          const parts = compoundParts(form, (word) => chunksWith.get(word) ?? 0);
          if (parts.length > 0) compounds[form] = parts;
        }
      const parts = Object.values(compounds).flat().join(' ');
      return {
        position: from + i,
        ...chunk,
        language,
        words,
        compounds,
        lexemes,
        search: textDocument(`${text}\n${parts}`),
      };
    });
    await tx.execute(
      `insert into knowledge.chunks (source, source_id, position, title, body, language, words, compounds, lexemes, search)
       select ?, ?, position, title, text, language, words, compounds, lexemes, search::tsvector
       from jsonb_to_recordset(?::jsonb)
         as x(position int, title text, text text, language text, words int, compounds jsonb, lexemes text[], search text)`,
      [source.kind, source.id, JSON.stringify(rows)],
    );
  }
}

export async function removeSource(tx: EntityManager, { kind, id }: Pick<IndexedSource, 'kind' | 'id'>): Promise<void> {
  const removed = await tx.execute<{ words: number; lexemes: string[] }[]>(
    `with gone as (delete from knowledge.chunks where source = ? and source_id = ? returning id, words, lexemes),
     noted as (insert into knowledge.vector_removals (chunk_id) select id from gone)
     select words, lexemes from gone`,
    [kind, id],
  );
  if (removed.length > 0) await count(tx, removed, -1);
}

function analyse(text: string): AnalysedChunk {
  const lexemes = new Set<string>();
  const forms = new Set<string>();
  let words = 0;
  for (const { word, kind } of tokenise(text)) {
    if (kind !== 'joined') {
      words++;
      forms.add(word.forms.at(-1)!);
    }
    for (const lexeme of word.lexemes.keys()) if (lexeme !== '') lexemes.add(lexeme);
  }
  return { text, language: languageOf(text) ?? null, words, lexemes: [...lexemes], forms: [...forms] };
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

/** The counts of the possible parts of compounds. */
async function wordCounts(tx: EntityManager, chunks: readonly AnalysedChunk[]): Promise<ReadonlyMap<string, number>> {
  const parts = new Set<string>();
  for (const { language, forms } of chunks)
    if (language !== 'en') for (const form of forms) for (const part of possibleParts(form)) parts.add(part);
  return readWordCounts(tx, [...parts]);
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
