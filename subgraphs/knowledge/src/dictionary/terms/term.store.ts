/** Statements of terms. Holds no rules. */
import type { EntityManager } from '@chat/kit/database/database';
import { TEXTS } from '../../wiki/pages/page.store';
import { keyRows } from './term.keys';
import type { TermStatus } from './term.type';

export interface TermRow {
  id: string;
  conceptId: string;
  term: string;
  locale: string;
  definition: string;
  synonyms: string[];
  abbreviations: string[];
  usageNote: string | null;
  status: TermStatus;
  replacementId: string | null;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
}

/** The columns on the alias `t`. */
export const TERM_COLUMNS = `t.id, t.concept_id as "conceptId", t.term, t.locale, t.definition, t.synonyms, t.abbreviations,
  t.usage_note as "usageNote", t.status, t.replacement_id as "replacementId", t.created_by as "createdBy",
  t.created_at as "createdAt", t.updated_at as "updatedAt"`;

/** Inserts a term, or replaces the one with its id. */
export async function saveTerm(tx: EntityManager, row: TermRow): Promise<void> {
  await writeTerm(tx, row);
  await noteChange(tx);
}

/** As {@link saveTerm}, for many terms: call {@link noteChange} after the last one. */
export async function writeTerm(tx: EntityManager, row: TermRow): Promise<void> {
  await tx.execute(
    `insert into knowledge.terms (id, concept_id, term, locale, definition, synonyms, abbreviations, usage_note, status,
       replacement_id, created_by, created_at, updated_at)
     values (?, ?, ?, ?, ?, ${TEXTS}, ${TEXTS}, ?, ?, ?, ?, ?, ?)
     on conflict (id) do update set definition = excluded.definition, synonyms = excluded.synonyms,
       abbreviations = excluded.abbreviations, usage_note = excluded.usage_note, status = excluded.status,
       replacement_id = excluded.replacement_id, updated_at = excluded.updated_at`,
    [
      ...[row.id, row.conceptId, row.term, row.locale, row.definition],
      ...[JSON.stringify(row.synonyms), JSON.stringify(row.abbreviations)],
      ...[row.usageNote, row.status, row.replacementId, row.createdBy, row.createdAt, row.updatedAt],
    ],
  );
  await saveKeys(tx, row);
}

/** Replaces the keys of a term. */
export async function saveKeys(
  tx: EntityManager,
  row: Pick<TermRow, 'id' | 'term' | 'synonyms' | 'abbreviations' | 'locale'>,
): Promise<void> {
  await tx.execute('delete from knowledge.term_keys where term_id = ?', [row.id]);
  await tx.execute(
    `insert into knowledge.term_keys (term_id, key, kind)
     select ?::uuid, k.key, k.kind from jsonb_to_recordset(?::jsonb) as k (key text, kind text)`,
    [row.id, JSON.stringify(keyRows(row.term, [...row.synonyms, ...row.abbreviations], row.locale))],
  );
}

/** Tells all processes to rebuild their automata. */
export const noteChange = async (tx: EntityManager): Promise<unknown> =>
  tx.execute('update knowledge.dictionary_state set version = version + 1');

export const readTerms = (em: EntityManager, ids: readonly string[]): Promise<TermRow[]> =>
  em.execute(`select ${TERM_COLUMNS} from knowledge.terms t where t.id in (?)`, [ids]);
