/** Finds terms by what people type: spellings and inflected forms, and completions with typos. Holds no keys; see term.keys.ts. */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import { normalise } from '@chat/kit/text-analysis/fold';
import type { SqlPart } from '../../sql-part';
import { splitsOf } from './term.compounds';
import { keysOf } from './term.keys';
import { TERM_COLUMNS, type TermRow } from './term.store';

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;
/** Shorter prefixes are not corrected. */
const MIN_FUZZY = 3;
/** Keys that are read for one completion. */
const MAX_KEYS = 400;

export const inLocale = (locale: string | null | undefined): SqlPart =>
  locale == null
    ? { sql: 'true', values: [] }
    : { sql: `lower(t.locale) in (lower(?), lower(split_part(?, '-', 1)))`, values: [locale, locale] };

/**
 * The best term: as it is typed, then as a synonym, then inflected, then as the last word of a German compound; approved before others.
 * Null if there is none.
 */
export async function lookupTerm(em: EntityManager, text: string, locale?: string | null): Promise<TermRow | null> {
  const { forms, german, english } = keysOf(text);
  if (forms.length === 0) return null;
  const place = inLocale(locale);
  const [row] = await em.execute<TermRow[]>(
    `select ${TERM_COLUMNS} from knowledge.term_keys k join knowledge.terms t on t.id = k.term_id
     where ((k.kind in ('TERM', 'SYNONYM') and k.key in (?)) or (k.kind = 'STEM_DE' and k.key in (?))
       or (k.kind = 'STEM_EN' and k.key in (?))) and ${place.sql}
     order by case k.kind when 'TERM' then 0 when 'SYNONYM' then 1 else 2 end, (lower(t.term) = lower(?)) desc,
       case t.status when 'APPROVED' then 0 when 'PROPOSED' then 1 else 2 end, t.id limit 1`,
    [forms, german, english, ...place.values, text.trim()],
  );
  return row ?? lookupCompound(em, text, place);
}

/** The term that is the last word of a German compound, if its first word is a term or a word of the wiki. */
async function lookupCompound(em: EntityManager, text: string, place: SqlPart): Promise<TermRow | null> {
  const splits = splitsOf(normalise(text.trim()));
  if (splits.length === 0) return null;
  const [row] = await em.execute<TermRow[]>(
    `select ${TERM_COLUMNS} from jsonb_to_recordset(?::jsonb) as s (tail text, heads text[])
     join knowledge.term_keys k on k.kind = 'STEM_DE' and k.key = s.tail join knowledge.terms t on t.id = k.term_id
     where ${place.sql} and (exists (select 1 from knowledge.term_keys h where h.key = any(s.heads) and h.kind <> 'STEM_EN')
       or exists (select 1 from knowledge.words w where w.word = any(s.heads)))
     order by length(s.tail) desc, case t.status when 'APPROVED' then 0 when 'PROPOSED' then 1 else 2 end, t.id limit 1`,
    [JSON.stringify(splits), ...place.values],
  );
  return row ?? null;
}

/** Terms by the beginning of a spelling, then by similarity. Synonyms lead to their term. */
export async function completeTerm(
  em: EntityManager,
  prefix: string,
  locale?: string | null,
  limit?: number | null,
): Promise<TermRow[]> {
  const size = limit ?? DEFAULT_LIMIT;
  if (size < 1 || size > MAX_LIMIT) throw badUserInput({ limit: `limit must be between 1 and ${MAX_LIMIT}.` });
  const [form] = keysOf(prefix).forms;
  if (form === undefined) return [];
  const place = inLocale(locale);
  const found = await em.execute<TermRow[]>(
    `with hit as (
       select k.term_id, k.key, k.kind from knowledge.term_keys k join knowledge.terms t on t.id = k.term_id
       where k.key like ? and k.kind in ('TERM', 'SYNONYM') and ${place.sql} order by k.key using ~<~ limit ${MAX_KEYS}),
     best as (select distinct on (term_id) term_id, kind, key from hit order by term_id, kind desc, length(key))
     select ${TERM_COLUMNS} from best join knowledge.terms t on t.id = best.term_id
     order by best.key = ? desc, best.kind desc, length(best.key), best.key, t.id limit ?`,
    [`${form.replace(/[\\%_]/g, '\\$&')}%`, ...place.values, form, size],
  );
  if (found.length >= size || form.length < MIN_FUZZY) return found;
  const similar = await em.execute<TermRow[]>(
    `with hit as (
       select k.term_id, similarity(k.key, ?::text) as rank from knowledge.term_keys k join knowledge.terms t on t.id = k.term_id
       where k.key % ?::text and k.kind in ('TERM', 'SYNONYM') and ${place.sql}),
     best as (select term_id, max(rank) as rank from hit group by term_id)
     select ${TERM_COLUMNS} from best join knowledge.terms t on t.id = best.term_id order by best.rank desc, t.id limit ?`,
    [form, form, ...place.values, size],
  );
  const known = new Set(found.map(({ id }) => id));
  return [...found, ...similar.filter(({ id }) => !known.has(id))].slice(0, size);
}
