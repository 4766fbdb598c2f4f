// cspell:words logit logits
/**
 * Trains the model of one language: the average of the standardised scores of several regressions over different features. As all are linear,
 * their average is one linear model. Calibration and decision thresholds come from cross-validation on the training data.
 */
import type { Language } from '@chat/kit/text-analysis/language';
import { GROUPS } from '../model/features';
import { LinearModel, rivalryOf, type ModelHeader } from '../model/linear-model';
import { loadLexicon } from '../sentiment/lexicon';
import { buildCorpus, type Corpus } from './corpus';
import { LABELS, type Example } from './data-set';
import { calibrate, type Calibration } from './calibration';
import { meanOf, ratesOf, steadyThreshold } from './macro-f1';
import { scoreTexts, trainRegression, type Regression, type RegressionOptions } from './naive-bayes-regression';
import { seededRandom } from './random';
import { RECIPES } from './recipes';

interface Scored {
  regression: Regression;
  /** Mean and deviation of the cross-validated scores, per label. */
  mean: number[];
  deviation: number[];
  /** Cross-validated scores per label, standardised. */
  scores: Float64Array[];
}

export interface Trained {
  model: LinearModel;
  /** Macro-F1 of the cross-validation, with the thresholds of the model. */
  crossValidated: number;
}

export function trainModel(
  language: Language,
  examples: readonly Example[],
  seed: number,
  progress: (line: string) => void,
): Trained {
  const recipe = RECIPES[language];
  const corpus = buildCorpus(examples, loadLexicon(language), recipe.minTexts, (group) =>
    recipe.regressions.some(({ groupWeights }) => groupWeights[group]! > 0),
  );
  progress(`${language}: ${examples.length} texts, ${corpus.hashes.length} features`);
  const scored = recipe.regressions.map((options, i) => {
    const result = crossValidate(corpus, { ...options, seed: seed + i }, recipe.folds, (done) =>
      progress(
        `${language}: regression ${i + 1} of ${recipe.regressions.length}, ${done} of ${recipe.folds + 1} trainings`,
      ),
    );
    return result;
  });
  const calibrations = corpus.truth.map((truth, label) => calibrate(averageScores(scored, label), truth));
  const logits = calibrations.map(({ slope, intercept }, label) =>
    averageScores(scored, label).map((score) => slope * score + intercept),
  );
  const competing = compete(logits, recipe.competition);
  const random = seededRandom(seed);
  const thresholds = competing.map((scores, label) => steadyThreshold(scores, corpus.truth[label]!, random));
  const rates = competing.map((scores, label) => ratesOf((i) => scores[i]! > thresholds[label]!, corpus.truth[label]!));
  rates.forEach(({ f1 }, label) => progress(`${language}: ${LABELS[language][label]!} ${f1.toFixed(3)}`));
  return {
    model: quantise(corpus, scored, calibrations, {
      labels: [...LABELS[language]],
      competition: recipe.competition,
      thresholds,
    }),
    crossValidated: meanOf(rates.map(({ f1 }) => f1)),
  };
}

/** The mean of the cross-validated scores of all regressions. */
const averageScores = (scored: readonly Scored[], label: number): Float64Array =>
  scored[0]!.scores[label]!.map((_, text) => meanOf(scored.map(({ scores }) => scores[label]![text]!)));

/** {@link rivalryOf} for all texts. */
function compete(logits: readonly Float64Array[], competition: number): Float64Array[] {
  const rivalry = logits[0]!.map((_, text) =>
    rivalryOf(
      Float64Array.from(logits, (scores) => scores[text]!),
      competition,
    ),
  );
  return logits.map((scores) => scores.map((score, text) => score - rivalry[text]!));
}

function crossValidate(
  corpus: Corpus,
  options: RegressionOptions,
  folds: number,
  progress: (done: number) => void,
): Scored {
  const texts = Uint32Array.from(corpus.starts.subarray(1), (_, i) => i);
  const scores = corpus.truth.map(() => new Float64Array(texts.length));
  for (let fold = 0; fold < folds; fold++) {
    const regression = trainRegression(
      corpus,
      texts.filter((text) => text % folds !== fold),
      options,
    );
    scoreTexts(
      regression,
      corpus,
      texts.filter((text) => text % folds === fold),
      scores,
    );
    progress(fold + 1);
  }
  const regression = trainRegression(corpus, texts, options);
  progress(folds + 1);
  const mean = scores.map((values) => meanOf([...values]));
  const deviation = scores.map((values, label) =>
    Math.sqrt(meanOf([...values].map((value) => (value - mean[label]!) ** 2))),
  );
  return {
    regression,
    mean,
    deviation,
    scores: scores.map((values, label) => values.map((value) => (value - mean[label]!) / deviation[label]!)),
  };
}

/** The average of all regressions as one model, calibrated, with one byte per weight. */
function quantise(
  { hashes }: Corpus,
  scored: readonly Scored[],
  calibrations: readonly Calibration[],
  header: Pick<ModelHeader, 'labels' | 'competition' | 'thresholds'>,
): LinearModel {
  const labels = calibrations.length;
  const average = (of: (member: Scored) => number) => meanOf(scored.map(of));
  const bias = calibrations.map(
    ({ slope, intercept }, label) =>
      slope *
        average(({ regression, mean, deviation }) => (regression.bias[label]! - mean[label]!) / deviation[label]!) +
      intercept,
  );
  const weights = Float64Array.from({ length: hashes.length * labels }, (_, at) => {
    const label = at % labels;
    return (
      calibrations[label]!.slope * average(({ regression, deviation }) => regression.weights[at]! / deviation[label]!)
    );
  });
  const scale = calibrations.map((_, label) => {
    const sizes = Float64Array.from(hashes, (_, feature) => Math.abs(weights[feature * labels + label]!));
    return sizes.sort().at(-Math.ceil(sizes.length * CLIPPED))! / 127;
  });
  const bytes = Int8Array.from(weights, (weight, at) =>
    Math.max(-127, Math.min(127, Math.round(weight / scale[at % labels]!))),
  );
  return new LinearModel({ ...header, groups: GROUPS, features: hashes.length, bias, scale }, hashes, bytes);
}

/** The share of weights that is cut off, so that the others have finer steps. */
const CLIPPED = 0.0005;
