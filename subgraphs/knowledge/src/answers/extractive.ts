/**
 * Answers by sentences of the passages, word for word, when no language model is available. Writes no text of its own. An instruction in a
 * passage is text like any other.
 */
import { languageOf, type Language } from '@chat/kit/text-analysis/language';
import { rankingWords } from '../retrieval/ranking/ranking-words';

export interface NumberedPassage {
  /** From 1, as citations name it. */
  number: number;
  text: string;
  /** The share of the question's weight that the passage covers. */
  coverage: number;
  score: number;
}

/** A part of a passage, word for word. */
export interface Quote {
  number: number;
  quote: string;
}

/** Quotes of an answer. */
const MAX_QUOTES = 2;
/** The characters of a quote. */
const MAX_QUOTE = 500;
/** The rank of its passage counts as much as this share of a sentence's words. */
const RANK_WEIGHT = 0.5;
/** A further sentence must match nearly as well as the best one. */
const NEARLY = 0.85;

const breakers = {
  de: new Intl.Segmenter('de', { granularity: 'sentence' }),
  en: new Intl.Segmenter('en', { granularity: 'sentence' }),
};

/** The best sentences for a question, the best one first. Empty if no sentence shares a word with it. @param language of the question */
export function bestQuotes(question: string, passages: readonly NumberedPassage[], language: Language): Quote[] {
  const best = Math.max(0.001, ...passages.map(({ score }) => score));
  const rated = passages
    .flatMap(({ number, text, score }) => {
      const spoken = languageOf(text) ?? language;
      const wanted = stemsOf(question, spoken);
      return sentencesOf(text, spoken).map((quote) => {
        const found = stemsOf(quote, spoken);
        const share = [...wanted].filter((stem) => found.has(stem)).length / Math.max(1, wanted.size);
        return { number, quote, share, rating: share + (share > 0 ? (RANK_WEIGHT * score) / best : 0) };
      });
    })
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.rating - a.rating);
  const [first] = rated;
  return rated
    .filter(({ rating }, i) => i < MAX_QUOTES && rating >= first!.rating * NEARLY)
    .map(({ number, quote }) => ({ number, quote }));
}

export const sentencesOf = (text: string, language: Language): string[] =>
  text
    .split(/\n{2,}/)
    .flatMap((paragraph) => [...breakers[language].segment(paragraph)].map(({ segment }) => segment.trim()))
    .filter((sentence) => sentence !== '')
    .map((sentence) => (sentence.length <= MAX_QUOTE ? sentence : sentence.slice(0, MAX_QUOTE).toWellFormed().trim()));

function stemsOf(text: string, language: Language): Set<string> {
  const words = rankingWords(text, language);
  const meaningful = words.filter(({ isStop }) => !isStop);
  return new Set((meaningful.length > 0 ? meaningful : words).map(({ stem }) => stem));
}
