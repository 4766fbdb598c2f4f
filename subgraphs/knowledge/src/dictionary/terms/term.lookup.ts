/** Finds terms by spellings and inflected forms. Holds no keys; see term.keys.ts, and no completion. */
import type { EntityManager } from '@chat/kit/database/database';
import { normalise } from '@chat/kit/text-analysis/fold';
import type { SqlPart } from '../../sql-part';
import { splitsOf } from './term.compounds';
import { keysOf } from './term.keys';
import { TERM_COLUMNS, type TermRow } from './term.store';

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
