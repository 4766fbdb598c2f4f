/** Settings of training per language, chosen by cross-validation on the training data (docs/emotion.md). */
import type { Language } from '@chat/kit/text-analysis/language';
import type { RegressionOptions } from './naive-bayes-regression';

export interface Recipe {
  /** Features of fewer texts are left out. */
  minTexts: number;
  folds: number;
  /** Of the model's header; it helps if nearly every text has one label. */
  competition: number;
  regressions: Omit<RegressionOptions, 'seed'>[];
}

const DEFAULTS = { epochs: 6, learningRate: 0.05, smoothing: 1, labelSmoothing: 0.03, loss: 'logistic' } as const;

/** Feature groups: words, parts of words, spans, meanings. */
export const RECIPES: Record<Language, Recipe> = {
  en: {
    minTexts: 3,
    folds: 4,
    competition: 1.25,
    regressions: [{ ...DEFAULTS, groupWeights: [1, 1, 0, 0.7] }],
  },
  de: {
    minTexts: 3,
    folds: 10,
    competition: 0,
    regressions: [
      { ...DEFAULTS, epochs: 4, learningRate: 0.1, labelSmoothing: 0, groupWeights: [1, 1, 0, 0.7] },
      { ...DEFAULTS, epochs: 4, learningRate: 0.1, labelSmoothing: 0, groupWeights: [1, 0, 1, 0.7] },
      { ...DEFAULTS, epochs: 4, learningRate: 0.05, loss: 'square', groupWeights: [1, 1, 0, 0.7] },
      { ...DEFAULTS, epochs: 4, learningRate: 0.05, loss: 'square', groupWeights: [1, 0, 1, 0.7] },
    ],
  },
};
