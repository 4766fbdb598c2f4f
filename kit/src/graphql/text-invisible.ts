/**
 * Finds invisible characters that a line of text does not need: a name with one looks like another name. Follows UTS #39 and the
 * contextual rules of RFC 5892, appendix A. Holds neither look-alike letters nor bidirectional controls.
 */
// cspell:words virama gujr orya taml telu knda mlym syrc nkoo mand adlm rohg khmr laoo mymr keycaps

const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/** Canonical combining class 9, which JavaScript's expressions do not know; Unicode 15. */
const VIRAMA =
  '\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d3b\\u0d3c\\u0d4d\\u0dca\\u0e3a\\u0eba\\u0f84\\u1039\\u103a\\u1714\\u1715' +
  '\\u1734\\u17d2\\u1a60\\u1b44\\u1baa\\u1bab\\u1bf2\\u1bf3\\u2d7f\\ua806\\ua82c\\ua8c4\\ua953\\ua9c0\\uaaf6\\uabed\\u{10a3f}\\u{11046}' +
  '\\u{11070}\\u{1107f}\\u{110b9}\\u{11133}\\u{11134}\\u{111c0}\\u{11235}\\u{112ea}\\u{1134d}\\u{11442}\\u{114c2}\\u{115bf}\\u{1163f}' +
  '\\u{116b6}\\u{1172b}\\u{11839}\\u{1193d}\\u{1193e}\\u{119e0}\\u{11a34}\\u{11a47}\\u{11a99}\\u{11c3f}\\u{11d44}\\u{11d45}\\u{11d97}';
const INDIC =
  '[\\p{L}&&[\\p{sc=Deva}\\p{sc=Beng}\\p{sc=Guru}\\p{sc=Gujr}\\p{sc=Orya}\\p{sc=Taml}\\p{sc=Telu}\\p{sc=Knda}\\p{sc=Mlym}\\p{sc=Sinh}]]';
const CURSIVE = '[\\p{L}&&[\\p{sc=Arab}\\p{sc=Syrc}\\p{sc=Nkoo}\\p{sc=Mand}\\p{sc=Mong}\\p{sc=Adlm}\\p{sc=Rohg}]]';
/** Arabic and Syriac letters that do not join the letter after them (Joining_Type R and U). */
const UNJOINED =
  '[\\u0621-\\u0625\\u0627\\u0629\\u062f-\\u0632\\u0648\\u0671-\\u0677\\u0688-\\u0699\\u06c0\\u06c3-\\u06cb\\u06cd\\u06cf\\u06d2\\u06d3' +
  '\\u06d5\\u06ee\\u06ef\\u0710\\u0715-\\u0719\\u071e\\u0728\\u072a\\u072c\\u072f\\u074d\\u0759-\\u075b\\u076b\\u076c]';
const JOINED = `(?<=[${CURSIVE}--${UNJOINED}]\\p{M}*)`;
const EMOJI = '\\p{Extended_Pictographic}';

/** Each alternative consumes exactly the characters that are needed; the text around them is only looked at. */
const NEEDED = new RegExp(
  [
    // Conjuncts of Indic scripts, and the Bengali and Kannada forms in which the joiner comes before the virama.
    `(?<=[${VIRAMA}])[\\u200c\\u200d]`,
    `(?<=${INDIC})\\u200d(?=[${VIRAMA}])`,
    // Cursive scripts: the shape of a letter within a word (non-joiner) or at its end (joiner).
    `${JOINED}\\u200c(?=${CURSIVE})`,
    `${JOINED}\\u200d(?!${CURSIVE}|\\p{M}|\\p{Default_Ignorable_Code_Point})`,
    '(?<=\\p{sc=Mong})[\\u180b-\\u180f]',
    // Khmer, Lao and Burmese keyboards have it between words, in place of a space.
    '(?<=[\\p{sc=Khmr}\\p{sc=Laoo}\\p{sc=Mymr}])\\u200b(?=[\\p{sc=Khmr}\\p{sc=Laoo}\\p{sc=Mymr}])',
    // Emoji (UTS #51): presentation, keycaps, joined sequences, flags of subdivisions.
    `(?<=${EMOJI})[\\ufe0e\\ufe0f]`,
    '(?<=[0-9#*])\\ufe0f(?=\\u20e3)',
    `(?<=${EMOJI}[\\p{Emoji_Modifier}\\ufe0f]?)\\u200d(?=${EMOJI})`,
    '(?<=\\u{1f3f4})[\\u{e0030}-\\u{e0039}\\u{e0061}-\\u{e007a}]{1,6}\\u{e007f}',
    // Variants of ideographs, which Japanese names have.
    '(?<=\\p{sc=Han})[\\ufe00-\\ufe02\\u{e0100}-\\u{e01ef}]',
  ].join('|'),
  'gv',
);

/** The first invisible character that neither a script nor an emoji needs in its place; undefined if there is none. */
export function needlessInvisible(text: string): string | undefined {
  return allNeedless(text).next().value?.[0];
}

/** A text without its needless invisible characters, which can hide another text from its readers. */
export function visibleText(text: string): string {
  let visible = '';
  let at = 0;
  for (const { 0: found, index } of allNeedless(text)) {
    visible += text.slice(at, index);
    at = index + found.length;
  }
  return visible + text.slice(at);
}

function* allNeedless(text: string): Generator<RegExpExecArray, undefined> {
  if (text.search(INVISIBLE) < 0) return;
  const needed = new Set([...text.matchAll(NEEDED)].flatMap(({ 0: found, index }) => offsets(index, found.length)));
  for (const match of text.matchAll(INVISIBLE)) if (!needed.has(match.index)) yield match;
}

const offsets = (start: number, length: number): number[] => Array.from({ length }, (_, i) => start + i);
