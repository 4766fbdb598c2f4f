/**
 * A word list of the operator: pairs of German and English words, by which searches find passages in the other language beside the
 * dictionary's translations. Holds no definitions, and shows nothing to anybody.
 */
import type { EntityManager } from '@chat/kit/database/database';
import { keyRows } from '../terms/term.keys';

export interface WordListCounts {
  pairs: number;
  /** Lines without two words, and those with long ones. */
  skipped: number;
}

/** Longer entries are phrases, which no search looks up. */
const MAX_WORDS = 3;
/** In UTF-16 code units. */
const MAX_LENGTH = 80;
/** Rows of one statement. */
const BATCH = 5000;

/**
 * The pair of a line: German, a tab, English; further columns are ignored, and so are notes in brackets.
 * @returns undefined if the line has no usable pair
 */
export function pairOf(line: string): [german: string, english: string] | undefined {
  const [german = '', english = ''] = line.split('\t').map(withoutNotes);
  return isUsable(german) && isUsable(english) ? [german, english] : undefined;
}

const withoutNotes = (text: string): string =>
  text
    .replace(/\[[^[\]]*\]|\{[^{}]*\}|\([^()]*\)|<[^<>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

const isUsable = (text: string): boolean =>
  text !== '' && text.length <= MAX_LENGTH && text.split(' ').length <= MAX_WORDS && /\p{L}/u.test(text);

/** Replaces the list by these lines, in the caller's transaction. Lines that are empty or begin with `#` do not count. */
export async function replaceWordList(tx: EntityManager, lines: AsyncIterable<string>): Promise<WordListCounts> {
  const counts: WordListCounts = { pairs: 0, skipped: 0 };
  let rows: { key: string; position: number; translation: string }[] = [];
  const write = async () => {
    await tx.execute(
      `insert into knowledge.word_list (key, position, translation)
       select key, position, translation from jsonb_to_recordset(?::jsonb) as x(key text, position int, translation text)`,
      [JSON.stringify(rows)],
    );
    rows = [];
  };
  await tx.execute('delete from knowledge.word_list');
  let position = 0;
  for await (const line of lines) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const pair = pairOf(line.toWellFormed().replaceAll('\0', ''));
    if (!pair) counts.skipped++;
    else {
      counts.pairs++;
      for (const [from, to, locale] of [[...pair, 'de'] as const, [pair[1], pair[0], 'en'] as const]) {
        position++;
        const keys = new Set(keyRows(from, [], locale).map(({ key }) => key));
        for (const key of keys) rows.push({ key, position, translation: to });
      }
      if (rows.length >= BATCH) await write();
    }
  }
  await write();
  return counts;
}
