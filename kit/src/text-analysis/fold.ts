/**
 * Folds compatibility forms, case, accents and German umlaut spellings, so that different spellings of a word compare equal.
 * Holds no word boundaries and no stems.
 */
// cspell:words koeln koln köln unaccent

/** Latin letters that Unicode does not decompose. */
const LETTERS: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  ŋ: 'n',
  ς: 'σ',
  ё: 'е',
};
const LETTER = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu');
/** The spellings of letters on keyboards that lack them. */
const SPELLINGS: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue', ø: 'oe', å: 'aa' };
const SPELLED = new RegExp(`[${Object.keys(SPELLINGS).join('')}]`, 'gu');
/** In these scripts marks are accents; in Indic scripts and Thai they are letters. */
const ACCENTS = /([\p{sc=Latin}\p{sc=Greek}])\p{Mn}+/gu;
/** Hebrew and Arabic vowel points, and the Arabic stretching line. */
const POINTS = /[\u0591-\u05bd]|[\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]|\u0640|[\u064b-\u065f]|\u0670/gu;

/** Lower case, one form of each character, no invisible characters. */
export const normalise = (text: string): string =>
  isPlain(text)
    ? text.toLowerCase()
    : text
        .normalize('NFKC')
        .toLowerCase()
        .normalize('NFC')
        .replace(/\p{Default_Ignorable_Code_Point}/gu, '');

const isPlain = (text: string) => /^[\x20-\x7e]*$/.test(text);

/** Removes accents. @param normal a {@link normalise}d text */
export const unaccent = (normal: string): string =>
  isPlain(normal)
    ? normal
    : normal
        .replace(LETTER, (letter) => LETTERS[letter]!)
        .normalize('NFD')
        .replace(ACCENTS, '$1')
        .replace(POINTS, '')
        .normalize('NFC');

/** The beginning of a text; never ends within a surrogate pair. */
export const cutText = (text: string, length: number): string =>
  text.length <= length ? text : text.slice(0, isPairAt(text, length) ? length - 1 : length);

/** Whether an offset is within a surrogate pair. */
export const isPairAt = (text: string, offset: number): boolean => (text.codePointAt(offset - 1) ?? 0) > 0xffff;

/** `koln` and `koeln` for `köln`. @param normal a {@link normalise}d word */
export function foldedForms(normal: string): string[] {
  const plain = unaccent(normal);
  const spelled =
    normal.search(SPELLED) >= 0 ? unaccent(normal.replace(SPELLED, (letter) => SPELLINGS[letter]!)) : plain;
  return plain === spelled ? [plain] : [plain, spelled];
}
