/**
 * The tokens of a text with their offsets. Unicode's word breaker (UAX #29) finds the words. A compound (`MyButton`, `sess.opts`,
 * `OPS-4712`) yields each part, and also the parts written together if people write them so (`e-mail`, `email`). Scripts without spaces
 * yield pairs of neighbouring characters, because no dictionary knows every name. Takes linear time and memory. Holds no query.
 */
// cspell:words sess zäöüß Üäöüß
import { cutText, normalise } from './fold';
import { wordForms, wordOf, type WordForms } from './word-forms';

export interface Token {
  /** The offset of the first code unit. */
  start: number;
  /** The offset after the last code unit. */
  end: number;
  word: WordForms;
  /** Counts from 1, by parts of words. */
  position: number;
  /** `unit`: a character of a script without spaces. `joined`: the parts of a word written together. */
  kind: 'word' | 'unit' | 'joined';
  /** The position of the last part of a `joined` token; otherwise `position`. */
  lastPosition: number;
  /** If the form of a unit includes the unit after it: the end of that unit. */
  pairEnd: number | undefined;
  /** Whether only an apostrophe separates this token from the one before. */
  isAfterApostrophe: boolean;
}

/** Longer words are split, because PostgreSQL's lexemes are limited. */
const MAX_WORD = 100;
/** Compounds with more parts or characters are not indexed as one word. */
const MAX_JOINED_PARTS = 8;
const MAX_JOINED_LENGTH = 64;

const UNSPACED = String.raw`\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}`;
const IS_UNSPACED = new RegExp(`^[${UNSPACED}]`, 'u');
/** Runs of digits, of characters of a script without spaces, and of other letters by their case: `XML`, `Http`, `request`. */
const PARTS = new RegExp(
  [
    String.raw`\p{N}+`,
    `[${UNSPACED}][${UNSPACED}\\p{M}\\p{Cf}]*`,
    String.raw`(?:(?![${UNSPACED}])\p{Lu}[\p{M}\p{Cf}]*)+(?!\p{Ll})`,
    String.raw`(?:\p{Lu}[\p{M}\p{Cf}]*)?(?:(?![${UNSPACED}\p{Lu}])[\p{L}\p{M}\p{Cf}])+`,
    String.raw`\p{Lu}[\p{M}\p{Cf}]*`,
  ].join('|'),
  'gu',
);
/** A shortcut for most words. */
const ONE_PART = /^(?:[A-Za-zÄÖÜ]?[a-zäöüß]+|[A-Z]+|[0-9]+)$/;
/** A character with its marks, or a Hangul syllable, composed or decomposed. */
const UNITS = /[\u1100-\u115f]{1,3}[\u1160-\u11a7]{1,3}[\u11a8-\u11ff]{0,3}|.[\p{M}\p{Cf}\uff9e\uff9f]*/gsu;
/** Kana, Han and Hangul syllables that need no normalisation. */
const SIMPLE_UNIT = /^[\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]$/;
const EMOJI = /\p{Extended_Pictographic}|\p{RI}/u;
const EMOJI_STYLES = /\ufe0e|\ufe0f|[\u{1f3fb}-\u{1f3ff}]/gu;
/** The signs between parts that people also write together. */
const JOINER = /^[-\u2010\u2011_'’.]?$/u;
const APOSTROPHE = /^['’]$/u;

const breaker = new Intl.Segmenter('en', { granularity: 'word' });
/** A text in which every run of {@link EASY_WORD} is a word for the breaker, which takes most of the time that such a text costs. */
const EASY_TEXT = /^(?:[A-Za-zÄÖÜäöüß0-9 \n!?()"-]|[.,;:](?![A-Za-zÄÖÜäöüß0-9]))*$/;
const EASY_WORD = /[A-Za-zÄÖÜäöüß0-9]+/g;

interface Segment {
  segment: string;
  index: number;
  isWordLike?: boolean;
}

/** The words of a text, and at least those other segments that are emoji. */
function segmentsOf(text: string): Iterable<Segment> {
  if (!EASY_TEXT.test(text)) return breaker.segment(text);
  const words: Segment[] = [];
  for (let word = EASY_WORD.exec(text); word; word = EASY_WORD.exec(text))
    words.push({ segment: word[0], index: word.index, isWordLike: true });
  return words;
}

export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let word: Token[] = [];
  let position = 0;
  const finish = () => {
    if (word.length > 1) tokens.push(...joinedTokens(text, word));
    word = [];
  };
  const take = (part: string, start: number, isUnit: boolean) => {
    const previous = tokens.at(-1);
    const gap = previous && start - previous.end <= 1 ? text.slice(previous.end, start) : undefined;
    const isApart = gap === undefined || gap === ' ';
    if (isUnit || isApart || !JOINER.test(gap)) finish();
    const token = tokenOf(isUnit ? unitOf(part) : wordForms(part), start, part, ++position);
    if (isUnit) {
      token.kind = 'unit';
      if (previous?.kind === 'unit' && !isApart && isInvisible(gap)) pair(previous, token);
    } else {
      token.isAfterApostrophe = !isApart && APOSTROPHE.test(gap);
      word.push(token);
    }
    tokens.push(token);
  };
  for (const { segment, index, isWordLike } of segmentsOf(text)) {
    if (isWordLike) {
      if (segment.length <= MAX_WORD && ONE_PART.test(segment)) take(segment, index, false);
      else for (const part of partsOf(segment)) take(part.text, index + part.index, part.isUnit);
    } else if (EMOJI.test(segment)) {
      finish();
      const form = cutText(segment.replace(EMOJI_STYLES, ''), MAX_WORD);
      tokens.push(tokenOf(wordOf([form]), index, segment, ++position));
    }
  }
  finish();
  return tokens;
}

function tokenOf(word: WordForms, start: number, text: string, position: number): Token {
  return {
    start,
    end: start + text.length,
    word,
    position,
    lastPosition: position,
    kind: 'word',
    pairEnd: undefined,
    isAfterApostrophe: false,
  };
}

interface Part {
  text: string;
  index: number;
  isUnit: boolean;
}

function partsOf(segment: string): Part[] {
  const parts: Part[] = [];
  for (const { 0: run, index } of segment.matchAll(PARTS)) {
    if (IS_UNSPACED.test(run)) {
      for (const unit of run.matchAll(UNITS)) parts.push({ text: unit[0], index: index + unit.index, isUnit: true });
    } else {
      for (let from = 0; from < run.length;) {
        const text = cutText(run.slice(from, from + MAX_WORD + 1), MAX_WORD);
        parts.push({ text, index: index + from, isUnit: false });
        from += text.length;
      }
    }
  }
  return parts;
}

const unitOf = (text: string): WordForms => wordOf([SIMPLE_UNIT.test(text) ? text : normalise(text)]);

function pair(unit: Token, next: Token): void {
  unit.word = wordOf([unit.word.forms[0]! + next.word.forms[0]!]);
  unit.pairEnd = next.end;
}

/** The whole word, and the `iPhone` of `iPhone15`. */
function joinedTokens(text: string, word: readonly Token[]): Token[] {
  const runs: Token[][] = [];
  for (const part of word) {
    const run = runs.at(-1);
    if (run && !isNumber(part) && !isNumber(run[0]!) && run.at(-1)!.end === part.start) run.push(part);
    else runs.push([part]);
  }
  return [word, ...(runs.length > 1 ? runs : [])].flatMap((parts) => joinedToken(text, parts) ?? []);
}

const isNumber = ({ word }: Token): boolean => /^\p{N}/u.test(word.forms[0]!);

/** Full stops join single letters only (`z.B.`), because they also end sentences. */
function joinedToken(text: string, parts: readonly Token[]): Token | undefined {
  const [first] = parts;
  const last = parts.at(-1);
  if (!first || !last || parts.length < 2 || parts.length > MAX_JOINED_PARTS) return undefined;
  const written = text.slice(first.start, last.end);
  if (written.length > MAX_JOINED_LENGTH) return undefined;
  if (written.includes('.') && parts.some((part) => part.end - part.start > 1)) return undefined;
  const word = wordForms(parts.map((part) => text.slice(part.start, part.end)).join(''));
  const token = tokenOf(word, first.start, written, first.position);
  return { ...token, lastPosition: last.position, kind: 'joined' };
}

const isInvisible = (gap: string) => gap === '' || /^[\p{Cf}\u200b]$/u.test(gap);
