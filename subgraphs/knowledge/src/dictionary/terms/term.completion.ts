/**
 * Completes terms as people type: by their beginning, then corrected. A correction probes the index of keys, so its time grows with the typed
 * text and not with the dictionary. Holds no keys; see term.keys.ts.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { badUserInput } from '@chat/kit/errors';
import { keysOf } from './term.keys';
import { inLocale } from './term.lookup';
import { TERM_COLUMNS, type TermRow } from './term.store';

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;
/** Shorter beginnings are not corrected. */
const MIN_CORRECTED = 3;
/** Keys that are read for one beginning. */
const MAX_KEYS = 200;
/** Keys that are read for one of many corrected beginnings. */
const MAX_CORRECTED_KEYS = 20;
/** A wrong letter is seldom followed by more right ones than this, as few words go on so. */
const LETTERS_BACK = 3;
const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];
/** A beginning that is less similar is no correction (pg_trgm). */
const MIN_SIMILARITY = 0.3;

/** Terms that begin with a text, then those that do if a letter is corrected. Synonyms lead to their term. */
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
  const found = await beginningWith(em, form, locale, size);
  if (found.length >= size || form.length < MIN_CORRECTED) return found;
  const known = new Set(found.map(({ id }) => id));
  const corrected = await correctionsOf(em, form, locale, size);
  return [...found, ...corrected.filter(({ id }) => !known.has(id))].slice(0, size);
}

/** The keys that begin with the text `b`, in the order of the index. */
const keysFrom = (b: string, place: string, most = MAX_KEYS) =>
  `(select k.term_id, k.key, k.kind from knowledge.term_keys k ${place === 'true' ? '' : 'join knowledge.terms t on t.id = k.term_id'}
    where k.key ~>=~ ${b} and k.key ~<~ (${b} || chr(1114111)) and k.kind in ('TERM', 'SYNONYM') and ${place}
    order by k.key using ~<~ limit ${most})`;

function beginningWith(em: EntityManager, form: string, locale: string | null | undefined, size: number) {
  const place = inLocale(locale);
  return em.execute<TermRow[]>(
    `with hit as ${keysFrom('?::text', place.sql)},
     best as (select distinct on (term_id) term_id, kind, key from hit order by term_id, kind desc, length(key)),
     first as (select * from best order by key = ? desc, kind desc, length(key), key, term_id limit ?)
     select ${TERM_COLUMNS} from first join knowledge.terms t on t.id = first.term_id
     order by first.key = ? desc, first.kind desc, length(first.key), first.key, t.id`,
    [form, form, ...place.values, form, size, form],
  );
}

/** Terms with one letter more, less, exchanged or other; without any, similar ones with the same beginning. */
async function correctionsOf(em: EntityManager, form: string, locale: string | null | undefined, size: number) {
  const known = await knownLength(em, form);
  if (known === 0) return [];
  const corrected = await termsAt(em, form, variantsOf(form, known), locale, size);
  if (corrected.length > 0 || known < MIN_CORRECTED) return corrected;
  const beginning = form.slice(0, Math.max(MIN_CORRECTED, known - LETTERS_BACK));
  return termsAt(em, form, [beginning], locale, size, { most: MAX_KEYS, similarity: MIN_SIMILARITY });
}

/** The number of letters with which some key begins. */
async function knownLength(em: EntityManager, form: string): Promise<number> {
  const [row] = await em.execute<{ length: number | null }[]>(
    `select max(length) as length from generate_series(1, length(?::text)) length, lateral (
       select 1 from knowledge.term_keys k
       where k.key ~>=~ left(?::text, length) and k.key ~<~ (left(?::text, length) || chr(1114111)) limit 1) known`,
    [form, form, form],
  );
  return row?.length ?? 0;
}

/** The first letter is taken as right. @param known letters from the beginning that exist; the wrong one is among the last or after them */
function variantsOf(form: string, known: number): string[] {
  const variants = new Set<string>();
  for (let at = Math.max(1, known - LETTERS_BACK); at <= Math.min(known, form.length); at++) {
    const [before, letter, after] = [form.slice(0, at), form[at] ?? '', form.slice(at + 1)];
    for (const other of LETTERS) {
      variants.add(before + other + letter + after);
      if (letter !== '') variants.add(before + other + after);
    }
    if (letter !== '') variants.add(before + after);
    if (after !== '') variants.add(before + after[0]! + letter + after.slice(1));
  }
  // The text itself, its continuations and its beginning need no correction.
  return [...variants].filter((variant) => !variant.startsWith(form) && !form.startsWith(variant));
}

/** The terms that begin with one of several texts, the most similar to `form` first. */
function termsAt(
  em: EntityManager,
  form: string,
  beginnings: readonly string[],
  locale: string | null | undefined,
  size: number,
  { most, similarity } = { most: MAX_CORRECTED_KEYS, similarity: 0 },
): Promise<TermRow[]> {
  const place = inLocale(locale);
  const keys = keysFrom('b', place.sql, most);
  // The rest of a term is not typed yet.
  return em.execute<TermRow[]>(
    `with hit as (
       select k.term_id, max(similarity(left(k.key, ?), ?::text)) as rank, min(length(k.key)) as length
       from jsonb_array_elements_text(?::jsonb) as b, lateral ${keys} k group by k.term_id)
     select ${TERM_COLUMNS} from hit join knowledge.terms t on t.id = hit.term_id
     where hit.rank >= ? order by hit.rank desc, hit.length, t.id limit ?`,
    [form.length + 1, form, JSON.stringify(beginnings), ...place.values, similarity, size],
  );
}
