/**
 * Judges the emotion and sentiment of a text in process, in well under a millisecond for an ordinary message. Pure: one text has one result for given weights,
 * so results are cached in memory and stored nowhere.
 */
import { languageOf, type Language } from '@chat/kit/text-analysis/language';
import { LRUCache } from 'lru-cache';
import { EMOTION_LABELS, EmotionLabel, SentimentSource } from './emotion-label';
import { extractFeatures } from './model/features';
import type { LinearModel } from './model/linear-model';
import { readText, type ReadText } from './text/tokens';
import { LANGUAGES, loadWeights } from './model/weights';
import { loadLexicon, type Lexicon } from './sentiment/lexicon';
import { findTerms, sentimentOf, type SentimentTerm } from './sentiment/sentiment';

export interface EmotionScore {
  label: EmotionLabel;
  /** 0 to 1; from 0.5 on the emotion is in the text. */
  score: number;
}

export interface Emotion {
  label: EmotionLabel;
  score: number;
  /** All labels, highest score first. */
  scores: EmotionScore[];
  language: Language;
  /** -1 to 1. */
  sentiment: number;
  sentimentSource: SentimentSource;
  sentimentTerms: SentimentTerm[];
}

interface Judge {
  model: LinearModel;
  lexicon: Lexicon;
}

/** Results that are kept. */
const CACHED = 2000;

const PLEASANT: Partial<Record<EmotionLabel, number>> = {
  [EmotionLabel.JOY]: 1,
  [EmotionLabel.ANGER]: -1,
  [EmotionLabel.DISGUST]: -1,
  [EmotionLabel.FEAR]: -1,
  [EmotionLabel.SADNESS]: -1,
};

export class EmotionAnalyzer {
  private readonly judges = new Map<Language, Judge>();
  private readonly results = new LRUCache<string, Emotion>({ max: CACHED });

  /** @param language guessed from the text if absent */
  analyzeEmotion(text: string, language?: Language): Emotion {
    const key = `${language ?? ''} ${text}`;
    let result = this.results.get(key);
    if (!result) this.results.set(key, (result = this.judge(text, language)));
    return result;
  }

  private judge(text: string, given?: Language): Emotion {
    const read = readText(text);
    const language = given ?? languageOf(text) ?? this.guess(read);
    const { model, lexicon } = this.judgeOf(language);
    const isBlank = read.tokens.length === 0;
    const sentimentTerms = findTerms(read, lexicon);
    const scores = isBlank ? neutralScores() : toScores(model, read, lexicon, deniedBy(sentimentTerms));
    const [{ label, score }] = scores as [EmotionScore];
    const sentimentSource =
      sentimentTerms.length > 0 ? SentimentSource.WORDS : isBlank ? SentimentSource.NONE : SentimentSource.EMOTION;
    const sentiment = sentimentTerms.length > 0 ? sentimentOf(sentimentTerms) : pleasantness(scores);
    return { label, score, scores, language, sentiment, sentimentSource, sentimentTerms };
  }

  /** For texts without telling words: the language of the lexicon that knows more of them. */
  private guess({ tokens }: ReadText): Language {
    const known = (language: Language) =>
      tokens.filter((token) => this.judgeOf(language).lexicon.find(token).length > 0).length;
    return known('de') > known('en') ? 'de' : 'en';
  }

  private judgeOf(language: Language): Judge {
    let judge = this.judges.get(language);
    if (!judge) this.judges.set(language, (judge = { model: loadWeights(language), lexicon: loadLexicon(language) }));
    return judge;
  }

  /** Loads both languages, so that the first text does not wait. */
  load(): this {
    for (const language of LANGUAGES) this.judgeOf(language);
    return this;
  }
}

/** The score that an emotion keeps if the text denies it. */
const DENIED = 0.5;

/** Whether a text denies an emotion: all words of sentiment are negated, and together they mean the opposite, as "not bad" does. */
function deniedBy(terms: readonly SentimentTerm[]): (label: EmotionLabel) => boolean {
  if (terms.length === 0 || !terms.every(({ isNegated }) => isNegated)) return () => false;
  const sentiment = sentimentOf(terms);
  return (label) => (PLEASANT[label] ?? 0) * sentiment < 0;
}

function toScores(
  model: LinearModel,
  read: ReadText,
  lexicon: Lexicon,
  isDenied: (label: EmotionLabel) => boolean,
): EmotionScore[] {
  const raw = model.score((sink) => extractFeatures(read, lexicon, sink));
  const byLabel = new Map(
    model.header.labels.map((name, i) => {
      const score = 1 / (1 + Math.exp(-raw[i]!));
      return [name, isDenied(name.toUpperCase() as EmotionLabel) ? score * DENIED : score];
    }),
  );
  // German training data has no label for texts without emotion.
  const strongest = Math.max(...byLabel.values());
  return sorted(EMOTION_LABELS.map((label) => ({ label, score: byLabel.get(label.toLowerCase()) ?? 1 - strongest })));
}

const neutralScores = (): EmotionScore[] =>
  sorted(EMOTION_LABELS.map((label) => ({ label, score: label === EmotionLabel.NEUTRAL ? 1 : 0 })));

const sorted = (scores: EmotionScore[]): EmotionScore[] => scores.sort((a, b) => b.score - a.score);

/** The sentiment that the emotions suggest: 0 if none of them is in the text. */
function pleasantness(scores: readonly EmotionScore[]): number {
  const felt = scores.filter(({ label, score }) => PLEASANT[label] !== undefined && score > 0.5);
  return felt[0] ? PLEASANT[felt[0].label]! * (2 * felt[0].score - 1) : 0;
}
