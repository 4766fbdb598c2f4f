/**
 * Parses the text of a search field: words, phrases in the quotation marks of any language, exclusions, alternatives.
 * Holds no operators such as `from:`; the caller removes those from the pieces.
 */
// cspell:words français polski

/** A match satisfies every part. */
export interface Alternative {
  words: string[];
  phrases: string[];
  excludedWords: string[];
  excludedPhrases: string[];
}

/** “English”, „deutsch“, «français», „polski”, 「日本語」, and their full-width form. */
const QUOTES = /[“”„‟«»「」『』〝〞〟＂]/g;
/** A quoted phrase belongs to one piece together with the minus sign or operator before it. */
const PIECES = /(?:"[^"]*"|\S)+/g;
const PHRASE = /^(-?)"([^"]*)"$/;

/** Splits at spaces. A phrase is one piece, in straight quotes. */
export const piecesOf = (query: string): string[] =>
  [...query.replace(QUOTES, '"').matchAll(PIECES)].map(([piece]) => piece);

/** @param hasTokens whether a text has a searchable token */
export function alternativesOf(pieces: readonly string[], hasTokens: (text: string) => boolean): Alternative[] {
  const alternatives: Alternative[] = [];
  let current: Alternative | undefined;
  for (const piece of pieces) {
    const [, minus, phrase] = PHRASE.exec(piece) ?? [];
    const text = (phrase ?? piece).replaceAll('"', ' ').trim();
    if (phrase === undefined && text.toLowerCase() === 'or') current = undefined;
    else if (hasTokens(text)) {
      if (!current) alternatives.push((current = { words: [], phrases: [], excludedWords: [], excludedPhrases: [] }));
      if (phrase !== undefined) current[minus ? 'excludedPhrases' : 'phrases'].push(text);
      // Two minus signs begin a command-line option.
      else if (/^-[^-]/.test(text)) current.excludedWords.push(text.slice(1));
      else current.words.push(text);
    }
  }
  return alternatives;
}
