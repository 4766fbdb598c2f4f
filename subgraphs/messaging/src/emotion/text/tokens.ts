/** Splits a text into the words, emoji, emoticons and punctuation from which features and sentiment are derived. Knows no language. */

/** A longer text is judged by its beginning, so that the time for one text is bounded. In UTF-16 code units. */
export const MAX_READ_LENGTH = 2000;

/** Placeholders of the training data, words, emoticons, emoji, runs of sentence ends, and any other character. */
const TOKEN =
  /\[[a-z]+\]|[\p{L}\p{N}][\p{L}\p{M}\p{N}']*|[:;=8x][-o']?[)(\][dp/\\|*]+|\p{Extended_Pictographic}|[!?.]+|[^\s\p{L}\p{N}]/gu;

export interface ReadText {
  /** As it was written, but not longer than {@link MAX_READ_LENGTH}. */
  original: string;
  /** Lower case, with compatibility forms, links and long repetitions of a letter unified. */
  folded: string;
  tokens: string[];
}

export function readText(text: string): ReadText {
  const original = text.length > MAX_READ_LENGTH ? text.slice(0, MAX_READ_LENGTH) : text;
  const folded = original
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/https?:\S+/g, 'url')
    .replace(/([^\d\s])\1{3,}/gu, '$1$1$1');
  return { original, folded, tokens: folded.match(TOKEN) ?? [] };
}

/** Whether the token ends a clause, and with it the scope of a negation or intensifier. */
export const isClauseEnd = (token: string): boolean => /^[.!?,;:]/.test(token);

// cspell:disable -- words of both languages
const NEGATIONS = new Set(
  `not no never none neither nor without nothing nobody hardly barely cannot ain't don't didn't doesn't isn't wasn't weren't can't won't
   aren't couldn't wouldn't shouldn't hasn't haven't hadn't dont didnt doesnt isnt wasnt cant wont aint arent couldnt wouldnt shouldnt
   nicht nich nie niemals kein keine keinen keinem keiner keines keinerlei ohne nichts niemand niemanden weder kaum nirgends keineswegs keinesfalls mitnichten`.split(
    /\s+/,
  ),
);

export const isNegation = (token: string): boolean => NEGATIONS.has(token);

/** The number of tokens after a negation that it covers. */
export const NEGATION_SCOPE = 4;
