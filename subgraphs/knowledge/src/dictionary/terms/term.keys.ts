/**
 * The keys by which terms are found: their spellings without accents, and their German and English stems. Holds no storage.
 *
 * A term of several words has a key word for word. Stop words have no stem there, so that texts and terms are read alike.
 */
// cspell:words koeln koln unaccent äöüß
import { normalise, unaccent } from '@chat/kit/text-analysis/fold';
import { tokenise, type Token } from '@chat/kit/text-analysis/tokens';
import { englishStem, germanStem } from './stemmers';

export type KeyKind = 'TERM' | 'SYNONYM' | 'STEM_DE' | 'STEM_EN';

/** Increment it when the same term yields other keys. Keys of an earlier version are then replaced in the background. */
export const KEY_VERSION = 2;

/** The keys of one spelling. */
export interface Keys {
  /** More than one if it has umlauts or joins its parts: `koln` and `koeln`, `e mail` and `email`. */
  forms: string[];
  german: string[];
  english: string[];
}

/** The keys of one word. */
export interface WordKeys {
  /** Without accents. */
  plain: string;
  /** With umlauts as two letters. */
  spelled: string;
  german: string;
  english: string;
}

const LATIN = /^\p{sc=Latin}[\p{sc=Latin}\p{M}]+$/u;
/** The signs between the parts of a compound. */
const JOINERS = /[-\u2010\u2011_'’.]/g;
/** The German stemmer reads these letters itself. */
const NOT_GERMAN = /[^\x20-\x7eäöüß]+/gu;

/** @param hasStems whether a stop word has stems too, for a word that stands alone */
export function wordKeys(text: string, { start, end, word }: Token, hasStems = false): WordKeys {
  const [plain, spelled] = [word.forms[0]!, word.forms.at(-1)!];
  const normal = normalise(text.slice(start, end)).replace(JOINERS, '');
  if ((word.isStop && !hasStems) || !LATIN.test(normal)) return { plain, spelled, german: plain, english: plain };
  const german = unaccent(germanStem(normal.replace(NOT_GERMAN, unaccent)));
  return { plain, spelled, german, english: englishStem(plain) };
}

/**
 * The words of a text: the parts of each compound, or each compound as one word. The `s` of an English genitive is no word.
 * @returns one list, or two if the text has compounds
 */
export function readings(text: string): Token[][] {
  const tokens = tokenise(text);
  const parts = tokens.filter(
    ({ kind, isAfterApostrophe, word }) => kind !== 'joined' && !(isAfterApostrophe && word.forms[0] === 's'),
  );
  const compounds = tokens
    .filter(({ kind }) => kind === 'joined')
    .toSorted((a, b) => a.start - b.start || b.end - a.end);
  if (compounds.length === 0) return [parts];
  const joined: Token[] = [];
  let next = 0;
  for (const part of parts) {
    if (joined.length > 0 && part.start < joined.at(-1)!.end) continue;
    while (next < compounds.length && compounds[next]!.start < part.start) next++;
    joined.push(compounds[next]?.start === part.start ? compounds[next]! : part);
  }
  return [parts, joined];
}

export function keysOf(text: string): Keys {
  const [forms, german, english] = [new Set<string>(), new Set<string>(), new Set<string>()];
  for (const tokens of readings(text)) {
    const words = tokens.map((token) => wordKeys(text, token, tokens.length === 1));
    const add = (keys: Set<string>, kind: keyof WordKeys) => keys.add(words.map((word) => word[kind]).join(' '));
    add(forms, 'plain');
    add(forms, 'spelled');
    add(german, 'german');
    add(english, 'english');
  }
  const filled = (keys: Set<string>) => [...keys].filter((key) => key !== '');
  return { forms: filled(forms), german: filled(german), english: filled(english) };
}

/** The rows of a term, each once. Stems are those of its language, or of both if it has another one. */
export function keyRows(term: string, synonyms: readonly string[], locale: string): { key: string; kind: KeyKind }[] {
  const rows = new Map<string, { key: string; kind: KeyKind }>();
  const add = (keys: readonly string[], kind: KeyKind) => {
    for (const key of keys) rows.set(`${kind} ${key}`, { key, kind });
  };
  const language = locale.split('-')[0]!.toLowerCase();
  for (const [index, text] of [term, ...synonyms].entries()) {
    const { forms, german, english } = keysOf(text);
    add(forms, index === 0 ? 'TERM' : 'SYNONYM');
    if (language !== 'en') add(german, 'STEM_DE');
    if (language !== 'de') add(english, 'STEM_EN');
  }
  return [...rows.values()];
}

/** Whether a lookup of `word` finds a dictionary's only term. */
export function findsTerm(word: string, term: string, locale: string): boolean {
  const { forms, german, english } = keysOf(word);
  const wanted = { TERM: forms, SYNONYM: forms, STEM_DE: german, STEM_EN: english };
  return keyRows(term, [], locale).some(({ key, kind }) => wanted[kind].includes(key));
}
