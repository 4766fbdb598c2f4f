// cspell:disable -- words of both languages
/**
 * The sentiment of a text: the mean polarity of its words and emoji, in which negations reverse, intensifiers strengthen and downtoners weaken the
 * words that follow. Reports the words on which it rests. Judges no text without such words; see emotion-analyzer.ts.
 */
import { isClauseEnd, isNegation, type ReadText } from '../text/tokens';
import { emojiPolarity } from './emoji-polarity';
import type { Lexicon } from './lexicon';

export interface SentimentTerm {
  /** In lower case, as in the text. */
  term: string;
  /** -1 to 1, with negation and degree applied. */
  polarity: number;
  isNegated: boolean;
  /** 1 unless a word of degree precedes. */
  degree: number;
}

/** A negated word keeps this share of its strength: "not great" is weaker than "bad". */
const NEGATED = -0.65;
/** The last clause after "but" decides, so words before it count less. */
const BEFORE_BUT = 0.5;
const BUT = new Set(['but', 'however', 'aber', 'jedoch', 'sondern']);
/** The number of tokens between a negation and the word that it reverses. */
const MAX_DISTANCE = 3;
const MAX_POLARITY = 3;
/** The sum of polarities that a text of mixed words is measured against, so that one weak word does not give an extreme. */
const DAMPING = 0.25;

/** Words of degree, with the factor for the following word. */
const DEGREES = new Map<string, number>([
  ...withFactor(
    1.5,
    `very really so extremely absolutely totally completely utterly incredibly super damn fucking insanely highly deeply truly especially
     sehr echt so total absolut extrem mega voll richtig ganz völlig unglaublich wahnsinnig super ungemein äußerst besonders überaus zutiefst
     verdammt furchtbar ungeheuer wirklich höchst komplett`,
  ),
  ...withFactor(
    0.6,
    `slightly somewhat rather fairly kinda kind sort bit little quite pretty relatively mildly
     etwas ziemlich eher einigermaßen leicht halbwegs relativ recht bisschen wenig`,
  ),
]);

/** "überhaupt nicht", "gar nicht", "not at all": a negation that is emphasised and not softened. */
const EMPHASISERS = new Set([
  'überhaupt',
  'gar',
  'absolut',
  'wirklich',
  'definitiv',
  'absolutely',
  'definitely',
  'really',
]);

function withFactor(factor: number, words: string): [string, number][] {
  return words.split(/\s+/).map((word) => [word, factor]);
}

/** The terms that carry sentiment, in the order of the text. */
export function findTerms({ tokens }: ReadText, lexicon: Lexicon): SentimentTerm[] {
  const terms: Found[] = [];
  let clause: Found[] = [];
  let negation: Negation | undefined;
  let degree = 1;
  let but = -1;
  const endClause = () => {
    negatePreceding(clause, negation);
    clause = [];
    negation = undefined;
    degree = 1;
  };
  for (let position = 0; position < tokens.length; position++) {
    const token = tokens[position]!;
    if (isClauseEnd(token) || CONJUNCTIONS.has(token)) endClause();
    if (BUT.has(token)) but = position;
    const phrase = negatingPhrase(tokens, position, lexicon);
    if (phrase > 0) {
      negation = {
        position: position + phrase - 1,
        factor: EMPHASISERS.has(tokens[position - 1] ?? '') ? -1 : NEGATED,
      };
      position = negation.position;
      degree = 1;
      continue;
    }
    const own = polarityOf(token, lexicon);
    const factor = DEGREES.get(token);
    if (factor !== undefined && polarityOf(tokens[position + 1] ?? '', lexicon) !== 0) {
      degree = Math.min(2, degree * factor);
      continue;
    }
    if (own === 0) continue;
    const isNegated = negation !== undefined && position - negation.position <= MAX_DISTANCE;
    // "not very good" negates the degree, too, and does not mean "very bad".
    const strength = isNegated ? negation!.factor / Math.max(1, degree) : degree;
    const term = { term: token, polarity: clamp((own / MAX_POLARITY) * strength), isNegated, degree, position };
    terms.push(term);
    clause.push(term);
    degree = 1;
    if (isNegated) {
      // "Das gefällt mir nicht gut" denies the verb as well.
      if (Math.sign(clause.at(-2)?.polarity ?? 0) === Math.sign(own)) negatePreceding(clause.slice(0, -1), negation);
      negation = undefined;
    }
  }
  endClause();
  return terms.map(({ position, polarity, ...term }) => ({
    ...term,
    polarity: position < but ? polarity * BEFORE_BUT : polarity,
  }));
}

type Found = SentimentTerm & { position: number };

interface Negation {
  /** Of its last token. */
  position: number;
  factor: number;
}

/** A German negation follows its verb: "das gefällt mir nicht". It reverses the term before it if none follows in the clause. */
function negatePreceding(clause: readonly Found[], negation: Negation | undefined): void {
  const last = clause.at(-1);
  if (!last || !negation || last.isNegated || last.position > negation.position) return;
  if (negation.position - last.position > MAX_DISTANCE) return;
  last.isNegated = true;
  last.polarity = clamp(last.polarity * negation.factor);
}

/** The number of tokens of the negation that begins here; 0 if none does. "noch" negates again after "weder". */
function negatingPhrase(tokens: readonly string[], position: number, lexicon: Lexicon): number {
  const token = tokens[position]!;
  const next = tokens[position + 1] ?? '';
  for (const phrase of NEGATING_PHRASES)
    if (phrase.every((word, i) => tokens[position + i] === word)) return phrase.length;
  if (token === 'noch' && tokens.slice(Math.max(0, position - 8), position).includes('weder')) return 1;
  return isNegation(token) && !AFFIRMING.get(token)?.has(next) && !isSuperlative(tokens, position, lexicon) ? 1 : 0;
}

/** Words of possibility and time, with which a negated comparative is a superlative. */
const UNSURPASSED = /^(?:could|couldn'?t|can|can'?t|cannot|könnten?|kann|geht|never|nie|niemals)$/;
/** Words between them and the comparative. */
const BETWEEN = new Set(['be', 'been', 'get', 'got', 'feel', 'felt', 'nicht', 'not', 'noch', 'so']);

/** Whether the negation belongs to a comparison: "it couldn't be better", "ich war noch nie so glücklich". */
function isSuperlative(tokens: readonly string[], position: number, lexicon: Lexicon): boolean {
  const before = tokens.slice(Math.max(0, position - 2), position + 1);
  if (!before.some((token) => UNSURPASSED.test(token))) return false;
  let next = position + 1;
  while (BETWEEN.has(tokens[next] ?? '')) next++;
  const isSo = tokens[next - 1] === 'so' && tokens[position - 1] === 'noch';
  const compared = tokens[next] ?? '';
  return isSo || (/(?:er|worse)$/.test(compared) && polarityOf(compared, lexicon) !== 0);
}

/** Negations of several words. */
const NEGATING_PHRASES = ['alles andere als', 'far from', 'anything but', 'not at all'].map((phrase) =>
  phrase.split(' '),
);

/** Words after which a negation is none: "not only", "nicht nur", "no, this is …" without the comma. */
const AFFIRMING = new Map<string, ReadonlySet<string>>([
  ['not', new Set(['only', 'just', 'merely'])],
  ['nicht', new Set(['nur', 'bloß', 'wahr', 'zuletzt'])],
  [
    'no',
    new Set(['this', 'that', 'it', 'i', 'we', 'you', 'he', 'she', 'they', "it's", "that's", "i'm", 'doubt', 'wonder']),
  ],
  ['ohne', new Set(['zweifel', 'frage'])],
  ['without', new Set(['doubt'])],
]);

/** Words that begin a clause without punctuation before them. */
const CONJUNCTIONS = new Set([
  'dass',
  'weil',
  'wenn',
  'ob',
  'obwohl',
  'because',
  'although',
  'though',
  'but',
  'however',
  'aber',
  'jedoch',
  'sondern',
]);

function polarityOf(token: string, lexicon: Lexicon): number {
  const emoji = emojiPolarity(token);
  if (emoji !== 0) return emoji;
  const polarity = lexicon.find(token).find((entry) => entry.polarity !== 0)?.polarity;
  if (polarity !== undefined) return polarity;
  const [, positive] = /^un(.{4,})$/.exec(token) ?? [];
  const reversed = positive ? (lexicon.find(positive).find((entry) => entry.polarity !== 0)?.polarity ?? 0) : 0;
  return -0.8 * reversed;
}

/** -1 to 1: the sum of the polarities, divided by the sum of their sizes with some damping. */
export function sentimentOf(terms: readonly SentimentTerm[]): number {
  const sum = terms.reduce((total, { polarity }) => total + polarity, 0);
  const size = terms.reduce((total, { polarity }) => total + Math.abs(polarity), 0);
  return size === 0 ? 0 : clamp(sum / (size + DAMPING));
}

const clamp = (number: number): number => Math.max(-1, Math.min(1, number));
