// cspell:ignore ZÄÖÜ
/**
 * The features of a text, as hashes in groups. A feature counts once per text, however often it occurs. Training and inference share this
 * file, so a change here requires new weights (npm run train:emotion).
 */
import type { Lexicon } from '../sentiment/lexicon';
import { isClauseEnd, isNegation, NEGATION_SCOPE, type ReadText } from '../text/tokens';

/** Groups are normalised by the number of their features, each on its own. */
export const GROUPS = 4;
const [WORDS, WORD_PARTS, SPANS, MEANINGS] = [0, 1, 2, 3] as const;

/** Lengths of character sequences within a word, in UTF-16 code units. */
const [MIN_PART, MAX_PART] = [3, 5];
/** Lengths of character sequences that may cross words. */
const [MIN_SPAN, MAX_SPAN] = [3, 6];
/** A count of meanings is distinguished up to this number. */
const MAX_COUNT = 3;

export type FeatureSink = (group: number, hash: number) => void;

const SEED = 0x811c9dc5;
const SPACE = 32;

const step = (hash: number, code: number): number => Math.imul(hash ^ code, 0x01000193);

/** Spreads the bits of FNV-1a, since its low bits alone are poor for short texts. */
function finish(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function append(hash: number, text: string): number {
  for (let i = 0; i < text.length; i++) hash = step(hash, text.charCodeAt(i));
  return hash;
}

/** Passes each feature to `sink`; equal features of one text may be passed several times. */
export function extractFeatures(text: ReadText, lexicon: Lexicon, sink: FeatureSink): void {
  const emit = (group: number, kind: string, ...parts: string[]) => {
    let hash = append(SEED, kind);
    for (const part of parts) hash = append(step(hash, SPACE), part);
    sink(group, finish(hash));
  };
  wordFeatures(text, emit);
  sequences(markNegated(text.folded, lexicon), sink);
  meaningFeatures(text, lexicon, emit);
}

type Emit = (group: number, kind: string, ...parts: string[]) => void;

function wordFeatures({ original, tokens }: ReadText, emit: Emit): void {
  let negated = 0;
  tokens.forEach((token, i) => {
    emit(WORDS, 'w', token);
    if (i + 1 < tokens.length) emit(WORDS, 'w', token, tokens[i + 1]!);
    if (isNegation(token)) negated = NEGATION_SCOPE;
    else if (isClauseEnd(token)) negated = 0;
    else if (negated > 0) {
      emit(WORDS, 'not', token);
      negated--;
    }
  });
  emit(WORDS, 'first', tokens[0] ?? '');
  emit(WORDS, 'first', tokens[0] ?? '', tokens[1] ?? '');
  emit(WORDS, 'last', tokens.at(-1) ?? '');
  emit(WORDS, 'length', String(Math.floor(Math.log2(tokens.length + 1))));
  count(original, /\b[A-ZÄÖÜ]{3,}\b/g, (n) => emit(WORDS, 'capitals', n));
  count(original, /!/g, (n) => emit(WORDS, 'exclamations', n));
  count(original, /\?/g, (n) => emit(WORDS, 'questions', n));
}

function count(text: string, pattern: RegExp, emit: (count: string) => void): void {
  const found = text.match(pattern)?.length ?? 0;
  if (found > 0) emit(String(Math.min(found, MAX_COUNT)));
}

/** Writes negated words with a meaning in capitals, so that "not happy" shares no characters with "happy". All else is lower case. */
function markNegated(folded: string, lexicon: Lexicon): string {
  let negated = 0;
  return folded.replace(WORD_OR_STOP, (token) => {
    if (isNegation(token)) {
      negated = NEGATION_SCOPE;
      return token;
    }
    if (isClauseEnd(token)) negated = 0;
    else negated--;
    return negated > 0 && lexicon.find(token).length > 0 ? token.toUpperCase() : token;
  });
}

const WORD_OR_STOP = /[\p{L}\p{N}][\p{L}\p{M}\p{N}']*|[.!?,;:]/gu;

function sequences(folded: string, sink: FeatureSink): void {
  const text = ` ${folded.replace(/\s+/g, ' ')} `;
  for (let i = 0; i < text.length; i++) {
    let hash = step(SEED, 1);
    let isWithinWord = true;
    for (let length = 1; length <= MAX_SPAN && i + length <= text.length; length++) {
      const code = text.charCodeAt(i + length - 1);
      hash = step(hash, code);
      if (length < MIN_PART) continue;
      // A space may begin or end a part of a word, but not be inside.
      isWithinWord &&= text.charCodeAt(i + length - 2) !== SPACE;
      if (isWithinWord && length <= MAX_PART) sink(WORD_PARTS, finish(step(hash, 2)));
      if (length >= MIN_SPAN) sink(SPANS, finish(hash));
    }
  }
}

function meaningFeatures({ tokens }: ReadText, lexicon: Lexicon, emit: Emit): void {
  const counts = new Map<string, number>();
  const add = (key: string) => counts.set(key, (counts.get(key) ?? 0) + 1);
  let [negated, polarity] = [0, 0];
  for (const token of tokens) {
    if (isNegation(token)) negated = NEGATION_SCOPE;
    else if (isClauseEnd(token)) negated = 0;
    else negated--;
    for (const entry of lexicon.find(token)) {
      const topic = negated > 0 ? `not-${entry.topic}` : entry.topic;
      add(topic);
      add(`${topic}${entry.polarity}`);
      polarity += negated > 0 ? -0.7 * entry.polarity : entry.polarity;
    }
  }
  for (const [key, n] of counts) for (let i = 1; i <= Math.min(n, MAX_COUNT); i++) emit(MEANINGS, key, String(i));
  emit(MEANINGS, 'polarity', String(Math.max(-6, Math.min(6, Math.round(polarity)))));
  if (polarity > 2) emit(MEANINGS, 'positive');
  if (polarity < -2) emit(MEANINGS, 'negative');
  if (counts.size === 0) emit(MEANINGS, 'none');
}
