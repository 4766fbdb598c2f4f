/** Chooses the paragraph of a page that explains a topic best. Pure; knows no permissions. */

/** The longest passage, in UTF-16 code units. */
const MAX_PASSAGE = 600;
/** A page's text beyond this is not read. */
const MAX_BODY = 100_000;
/** Shorter stems would match unrelated words. */
const MIN_STEM = 4;

/**
 * The first paragraph with the most of the words, itself or in its heading; the first one of the page if none has them. Tables, code and
 * images are left out. Empty if the page has no paragraph.
 * @param body Markdown
 */
export function passageAbout(body: string, words: readonly string[]): string {
  const stems = words.map(stemOf);
  let heading = '';
  let best = { text: '', rating: -1 };
  for (const lines of blocksOf(body.slice(0, MAX_BODY).toWellFormed())) {
    const title = /^#{1,6}[ \t]+(\S.*)$/.exec(lines[0]!)?.[1];
    if (title !== undefined) heading = title.toLowerCase();
    const paragraph = (title === undefined ? lines : lines.slice(1)).join('\n').trim();
    if (paragraph === '' || /^(?:\||!\[|[-*_\s]+$|<)/.test(paragraph)) continue;
    const [own, above] = [paragraph.toLowerCase(), heading];
    const rating =
      stems.filter((stem) => own.includes(stem)).length + stems.filter((stem) => above.includes(stem)).length / 2;
    if (rating > best.rating) best = { text: paragraph, rating };
  }
  return shortened(best.text);
}

/** The blocks between empty lines, without code. */
function blocksOf(body: string): string[][] {
  const blocks: string[][] = [[]];
  let fence = '';
  for (const line of body.split('\n')) {
    const mark = /^(?:`{3,}|~{3,})/.exec(line)?.[0] ?? '';
    if (fence !== '') {
      if (mark.startsWith(fence)) fence = '';
    } else if (mark !== '') fence = mark;
    else if (line.trim() === '') blocks.push([]);
    else blocks.at(-1)!.push(line);
  }
  return blocks.filter((lines) => lines.length > 0);
}

/** Without the ending that an inflected form may have. */
const stemOf = (word: string): string => word.slice(0, Math.max(MIN_STEM, word.length - 2));

/** Ends after a sentence if one ends in the second half, and otherwise after a word. */
function shortened(text: string): string {
  if (text.length <= MAX_PASSAGE) return text;
  const cut = text.slice(0, MAX_PASSAGE);
  const sentenceEnd = Math.max(...['. ', '! ', '? ', '.\n'].map((mark) => cut.lastIndexOf(mark)));
  if (sentenceEnd > MAX_PASSAGE / 2) return cut.slice(0, sentenceEnd + 1);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), MAX_PASSAGE / 2)).toWellFormed()}…`;
}
