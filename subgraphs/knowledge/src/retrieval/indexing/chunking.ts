/** Cuts a text into chunks along its structure: headings, paragraphs, sentences, words. Chunks overlap. Holds no storage. */
import { cutText } from '@chat/kit/text-analysis/fold';

export interface Chunk {
  /** The headings above it, outermost first, joined by ` › `; empty if there are none. */
  heading: string;
  text: string;
}

/** The size above which a chunk is cut, in UTF-16 code units. */
const MAX_CHUNK = 1800;
/** The size to which paragraphs are joined. */
const FULL_CHUNK = 1000;
/** The end of a chunk that the next one repeats. */
const OVERLAP = 160;
/** Further chunks of a text are not made. */
const MAX_CHUNKS = 50_000;

/** In UTF-16 units; a longer line is no heading. */
const MAX_HEADING = 200;

export function chunksOf(text: string): Chunk[] {
  const chunks: Chunk[] = [];
  for (const { heading, paragraphs } of sectionsOf(text.toWellFormed().replaceAll('\0', ''))) {
    let current = '';
    const finish = () => {
      if (/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(current)) chunks.push({ heading, text: current });
      current = '';
    };
    for (const piece of paragraphs.flatMap(piecesOf)) {
      if (current !== '' && current.length + piece.length + 2 > FULL_CHUNK) {
        const tail = tailOf(current);
        finish();
        if (tail.length + piece.length + 2 <= MAX_CHUNK) current = tail;
      }
      current = current === '' ? piece : `${current}\n\n${piece}`;
    }
    finish();
    if (chunks.length >= MAX_CHUNKS) return chunks.slice(0, MAX_CHUNKS);
  }
  return chunks;
}

interface Section {
  heading: string;
  paragraphs: string[];
}

function sectionsOf(text: string): Section[] {
  const path: string[] = [];
  const sections: Section[] = [{ heading: '', paragraphs: [] }];
  let paragraph: string[] = [];
  const finish = () => {
    const joined = paragraph.join('\n').trim();
    if (joined !== '') sections.at(-1)!.paragraphs.push(joined);
    paragraph = [];
  };
  for (const line of text.split(/\r\n|\r|\n/)) {
    const found = headingOf(line);
    if (found) {
      finish();
      path.length = Math.min(path.length, found.level - 1);
      path.push(found.title);
      sections.push({ heading: path.join(' › '), paragraphs: [] });
    } else if (line.trim() === '') finish();
    else paragraph.push(line);
  }
  finish();
  return sections;
}

/** A paragraph in pieces that fit into a chunk, cut between sentences if it can be. */
function piecesOf(paragraph: string): string[] {
  const pieces: string[] = [];
  let rest = paragraph;
  while (rest.length > MAX_CHUNK) {
    const head = cutText(rest, FULL_CHUNK);
    const at =
      Math.max(lastEnd(head, /[.!?…。][\s"”“»)]/g), lastEnd(head, /\n/g)) || lastEnd(head, /\s/g) || head.length;
    pieces.push(rest.slice(0, at).trim());
    rest = rest.slice(at).trimStart();
  }
  if (rest.trim() !== '') pieces.push(rest);
  return pieces.filter((piece) => piece !== '');
}

/** The offset after the last match in the second half of a text; 0 if there is none. */
function lastEnd(text: string, pattern: RegExp): number {
  let end = 0;
  for (const { 0: match, index } of text.matchAll(pattern)) if (index > text.length / 2) end = index + match.length;
  return end;
}

/** The last sentences of a chunk, as far as they fit the overlap; empty if the last one is longer. */
function tailOf(text: string): string {
  const tail = text.slice(-OVERLAP);
  const begin = /[.!?…。]["”“»)]*\s+|\n/.exec(tail);
  return begin ? tail.slice(begin.index + begin[0].length).trim() : '';
}

/** An ATX heading (CommonMark 4.2). Undefined if the line is none. */
function headingOf(line: string): { level: number; title: string } | undefined {
  let level = 0;
  while (line[level] === '#') level++;
  if (level < 1 || level > 6 || !isBlank(line[level])) return undefined;
  const title = line.slice(level).trim();
  if (title === '' || title.length > MAX_HEADING) return undefined;
  let end = title.length;
  while (title[end - 1] === '#') end--;
  const isClosed = end < title.length && isBlank(title[end - 1]);
  return { level, title: isClosed ? title.slice(0, end).trimEnd() : title };
}

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t';
