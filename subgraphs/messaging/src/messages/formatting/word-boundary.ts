/**
 * Word boundaries in text of any script. In scripts without spaces (Han, Kana, Thai …) a word may end at any character, and ICU's
 * dictionary finds its end.
 */

const UNSPACED =
  '\\p{sc=Han}\\p{scx=Hira}\\p{scx=Kana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}\\p{sc=Tibetan}';
const SPACED = `[[\\p{L}\\p{M}\\p{N}]--[${UNSPACED}]]`;
const ENDS_SPACED = new RegExp(`${SPACED}$`, 'v');
const BEGINS_SPACED = new RegExp(`^${SPACED}`, 'v');
const HAS_UNSPACED = new RegExp(`[${UNSPACED}]`, 'v');
const CHANGE = new RegExp(`(?<=${SPACED})(?=[${UNSPACED}])|(?<=[${UNSPACED}])(?=${SPACED})`, 'gv');
const words = new Intl.Segmenter('und', { granularity: 'word' });

/** Whether the character that ends at `position` belongs to a word that may continue after it. */
export const endsWithinWord = (text: string, position: number): boolean =>
  position > 0 && ENDS_SPACED.test(text.slice(Math.max(0, position - 2), position));

/** Whether the character at `position` belongs to a word that may have begun before it. */
export const beginsWithinWord = (text: string, position: number): boolean =>
  position < text.length && BEGINS_SPACED.test(text.slice(position, position + 2));

/** The offsets at which one word directly follows another, as in `bobさん`, in ascending order. For short texts. */
export function seamsIn(text: string): number[] {
  if (!HAS_UNSPACED.test(text)) return [];
  const parts = [...words.segment(text)];
  const seams = parts.filter(({ isWordLike }, index) => isWordLike && parts[index - 1]?.isWordLike);
  const found = new Set([...seams, ...text.matchAll(CHANGE)].map(({ index }) => index));
  return [...found].sort((a, b) => a - b);
}
