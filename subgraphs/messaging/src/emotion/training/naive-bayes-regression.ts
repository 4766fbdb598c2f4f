/**
 * Logistic regression over features that are weighted by their naive Bayes log-count ratio (Wang and Manning 2012), one-vs-rest, trained by
 * AdaGrad. Deterministic for a seed.
 */
import { GROUPS } from '../model/features';
import type { Corpus } from './corpus';
import { seededRandom, shuffle } from './random';

export interface RegressionOptions {
  /** Per feature group; 0 leaves the group out. */
  groupWeights: readonly number[];
  epochs: number;
  learningRate: number;
  /** Pseudo-count of the log-count ratios. */
  smoothing: number;
  /** Targets are this far from 0 and 1. */
  labelSmoothing: number;
  /** `square` is the squared hinge of a support vector machine. */
  loss: 'logistic' | 'square';
  seed: number;
}

export interface Regression {
  bias: Float64Array;
  /** Per feature and label. Contains the ratio and the group's weight. */
  weights: Float32Array;
}

/** AdaGrad's initial sum of squares, which bounds the first steps. */
const INITIAL_SQUARES = 1e-3;

export function trainRegression(corpus: Corpus, texts: Uint32Array, options: RegressionOptions): Regression {
  const { features, starts, truth, groups } = corpus;
  const labels = truth.length;
  const ratios = logCountRatios(corpus, texts, options.smoothing);
  const weights = new Float32Array(ratios.length);
  const squares = new Float32Array(ratios.length).fill(INITIAL_SQUARES);
  const bias = new Float64Array(labels);
  const biasSquares = new Float64Array(labels).fill(INITIAL_SQUARES);
  const slope = new Float64Array(labels);
  const score = new Float64Array(labels);
  const order = Uint32Array.from(texts);
  const random = seededRandom(options.seed);
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    shuffle(order, random);
    for (const text of order) {
      const [start, end] = [starts[text]!, starts[text + 1]!];
      const factors = factorsOf(corpus, text, options.groupWeights);
      score.set(bias);
      for (let i = start; i < end; i++) {
        const feature = features[i]!;
        const factor = factors[groups[feature]!]!;
        if (factor === 0) continue;
        for (let label = 0, at = feature * labels; label < labels; label++, at++)
          score[label]! += weights[at]! * ratios[at]! * factor;
      }
      for (let label = 0; label < labels; label++) {
        const gradient = lossSlope(score[label]!, truth[label]![text]!, options);
        slope[label] = gradient;
        biasSquares[label]! += gradient * gradient;
        bias[label]! -= (options.learningRate * gradient) / Math.sqrt(biasSquares[label]!);
      }
      for (let i = start; i < end; i++) {
        const feature = features[i]!;
        const factor = factors[groups[feature]!]!;
        if (factor === 0) continue;
        for (let label = 0, at = feature * labels; label < labels; label++, at++) {
          const gradient = slope[label]! * ratios[at]! * factor;
          squares[at]! += gradient * gradient;
          weights[at]! -= (options.learningRate * gradient) / Math.sqrt(squares[at]!);
        }
      }
    }
  }
  for (let at = 0; at < weights.length; at++)
    weights[at]! *= ratios[at]! * options.groupWeights[groups[Math.floor(at / labels)]!]!;
  return { bias, weights };
}

/** The derivative of the loss by the score. */
function lossSlope(score: number, target: number, { loss, labelSmoothing }: RegressionOptions): number {
  if (loss === 'logistic') return 1 / (1 + Math.exp(-score)) - (target * (1 - 2 * labelSmoothing) + labelSmoothing);
  const side = target ? 1 : -1;
  const margin = 1 - side * score;
  return margin > 0 ? -2 * side * margin : 0;
}

/** Per group: the value of each of its features in this text. */
function factorsOf(corpus: Corpus, text: number, groupWeights: readonly number[]): Float64Array {
  const factors = new Float64Array(GROUPS);
  for (let i = corpus.starts[text]!; i < corpus.starts[text + 1]!; i++) factors[corpus.groups[corpus.features[i]!]!]!++;
  for (let group = 0; group < GROUPS; group++) factors[group] = groupWeights[group]! / Math.sqrt(factors[group] || 1);
  return factors;
}

function logCountRatios(corpus: Corpus, texts: Uint32Array, smoothing: number): Float32Array {
  const { features, starts, truth, hashes } = corpus;
  const labels = truth.length;
  const positive = new Float64Array(hashes.length * labels);
  const all = new Float64Array(hashes.length);
  const size = new Float64Array(labels);
  for (const text of texts) {
    truth.forEach((labelled, label) => (size[label]! += labelled[text]!));
    for (let i = starts[text]!; i < starts[text + 1]!; i++) {
      const feature = features[i]!;
      all[feature]!++;
      for (let label = 0; label < labels; label++) positive[feature * labels + label]! += truth[label]![text]!;
    }
  }
  return Float32Array.from(positive, (count, at) => {
    const label = at % labels;
    const rest = all[(at - label) / labels]! - count;
    const [yes, no] = [size[label]! + 2 * smoothing, texts.length - size[label]! + 2 * smoothing];
    return Math.log((count + smoothing) / yes / ((rest + smoothing) / no));
  });
}

/** Adds the scores of the texts to `scores`, which has one array per label. */
export function scoreTexts(
  { bias, weights }: Regression,
  corpus: Corpus,
  texts: Uint32Array,
  scores: Float64Array[],
): void {
  const labels = bias.length;
  const ones = new Array<number>(GROUPS).fill(1);
  for (const text of texts) {
    const factors = factorsOf(corpus, text, ones);
    for (let label = 0; label < labels; label++) {
      let score = bias[label]!;
      for (let i = corpus.starts[text]!; i < corpus.starts[text + 1]!; i++) {
        const feature = corpus.features[i]!;
        score += weights[feature * labels + label]! * factors[corpus.groups[feature]!]!;
      }
      scores[label]![text] = score;
    }
  }
}
