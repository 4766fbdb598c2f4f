/**
 * The translations that the dictionary and the operator's word list have for the words of a query, so that a search finds passages in the
 * other language. Ranks nothing.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { cutText } from '@chat/kit/text-analysis/fold';
import { tokenise, type Token } from '@chat/kit/text-analysis/tokens';
import { wordKeys, type WordKeys } from '../../dictionary/terms/term.keys';

/** Words of a term that is looked up. */
const MAX_TERM_WORDS = 3;
const MAX_TRANSLATIONS = 16;
/** Translations of one word from the operator's list, the first ones there. */
const MAX_OF_WORD = 3;
const KEYS: readonly (keyof WordKeys)[] = ['plain', 'spelled', 'german', 'english'];

export interface Translation {
  term: string;
  /** The words of the query that it translates, as they stand there. */
  translated: string;
}

/** @param tokens the words of the query, in its order */
export async function translationsOf(
  em: EntityManager,
  text: string,
  tokens: readonly Token[],
): Promise<Translation[]> {
  const words = tokens.map((token) => wordKeys(text, token));
  /** Key → words of the query. */
  const keys = new Map<string, string>();
  for (const at of words.keys())
    for (let count = 1; count <= MAX_TERM_WORDS && at + count <= words.length; count++)
      for (const kind of KEYS) {
        const term = words.slice(at, at + count).map((word) => word[kind]);
        const written = tokens.slice(at, at + count).map(({ start, end }) => text.slice(start, end));
        keys.set(term.join(' '), written.join(' '));
      }
  keys.delete('');
  if (keys.size === 0) return [];
  const asked = JSON.stringify([...keys.keys()]);
  const rows = await em.execute<{ term: string; key: string }[]>(
    `with asked as (select key from jsonb_array_elements_text(?::jsonb) as key),
     in_dictionary as (
       select distinct on (other.term) other.term, k.key from asked join knowledge.term_keys k using (key)
       join knowledge.terms t on t.id = k.term_id
       join knowledge.terms other on other.concept_id = t.concept_id
         and split_part(lower(other.locale), '-', 1) <> split_part(lower(t.locale), '-', 1)
       where t.status <> 'DEPRECATED' and other.status <> 'DEPRECATED'
       order by other.term, length(k.key) desc),
     in_list as (
       select l.translation as term, asked.key from asked, lateral (
         select translation from knowledge.word_list w where w.key = asked.key order by position limit ${MAX_OF_WORD}) l)
     select term, key from (select 0 as place, * from in_dictionary union all select 1, * from in_list) found
     order by place, length(key) desc, term limit ${MAX_TRANSLATIONS}`,
    [asked],
  );
  return rows.map(({ term, key }) => ({ term, translated: keys.get(key)! }));
}

/** The characters of a text whose words are translated. */
const MAX_TEXT = 4000;

/** The text, followed by the translations of its words, for a comparison with a text in the other language. */
export async function withTranslations(em: EntityManager, text: string): Promise<string> {
  const read = cutText(text, MAX_TEXT);
  const tokens = tokenise(read).filter(({ kind, word }) => kind !== 'joined' && !word.isStop);
  return [read, ...(await translationsOf(em, read, tokens)).map(({ term }) => term)].join('\n');
}
