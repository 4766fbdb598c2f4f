/** The translations that the dictionary has for the words of a query, so that a search finds passages in the other language. Ranks nothing. */
import type { EntityManager } from '@chat/kit/database/database';
import type { Token } from '@chat/kit/text-analysis/tokens';
import { wordKeys, type WordKeys } from '../../dictionary/terms/term.keys';

/** Words of a term that is looked up. */
const MAX_TERM_WORDS = 3;
const MAX_TRANSLATIONS = 16;
const KEYS: readonly (keyof WordKeys)[] = ['plain', 'spelled', 'german', 'english'];

/** @param tokens the words of the query, in its order */
export async function translationsOf(em: EntityManager, text: string, tokens: readonly Token[]): Promise<string[]> {
  const words = tokens.map((token) => wordKeys(text, token));
  const keys = new Set<string>();
  for (const at of words.keys())
    for (let count = 1; count <= MAX_TERM_WORDS && at + count <= words.length; count++)
      for (const kind of KEYS) {
        const term = words.slice(at, at + count);
        keys.add(term.map((word) => word[kind]).join(' '));
      }
  keys.delete('');
  if (keys.size === 0) return [];
  const rows = await em.execute<{ term: string }[]>(
    `select distinct other.term from knowledge.term_keys k
     join knowledge.terms t on t.id = k.term_id
     join knowledge.terms other on other.concept_id = t.concept_id
       and split_part(lower(other.locale), '-', 1) <> split_part(lower(t.locale), '-', 1)
     where k.key = any (array(select jsonb_array_elements_text(?::jsonb)))
       and t.status <> 'DEPRECATED' and other.status <> 'DEPRECATED'
     order by other.term limit ${MAX_TRANSLATIONS}`,
    [JSON.stringify([...keys])],
  );
  return rows.map(({ term }) => term);
}
