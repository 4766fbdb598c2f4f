/** Learns the weights of the fusion: softmax regression over the candidates of each question, by gradient descent. Reads no files. */
import type { Weights } from '../ranking/fusion';
import { measuresOf, type Measures } from './measures';

export interface Example {
  /** The features of all candidates. */
  rows: readonly (readonly number[])[];
  /** The paragraph of each candidate. */
  paragraphs: readonly number[];
  /** The right paragraph. */
  right: number;
  article: number;
}

const STEPS = 120;
const RATE = 0.4;
const DECAY = 2e-4;
const FOLDS = 6;

export function trainWeights(examples: readonly Example[], columns: number): Weights {
  const weights = new Float64Array(columns).fill(1);
  const mean = new Float64Array(columns);
  const square = new Float64Array(columns);
  const usable = examples.filter(({ paragraphs, right }) => paragraphs.includes(right));
  for (let step = 1; step <= STEPS; step++) {
    const gradient = new Float64Array(columns);
    for (const example of usable) addGradient(gradient, example, weights);
    for (let i = 0; i < columns; i++) {
      const slope = gradient[i]! / usable.length + DECAY * weights[i]!;
      mean[i] = 0.9 * mean[i]! + 0.1 * slope;
      square[i] = 0.99 * square[i]! + 0.01 * slope * slope;
      const corrected = mean[i]! / (1 - 0.9 ** step) / (Math.sqrt(square[i]! / (1 - 0.99 ** step)) + 1e-8);
      weights[i]! -= RATE * corrected;
    }
  }
  return [...weights].map((weight) => Number(weight.toFixed(3)));
}

function addGradient(gradient: Float64Array, { rows, paragraphs, right }: Example, weights: Float64Array): void {
  const scores = rows.map((row) => {
    let score = 0;
    for (let i = 0; i < weights.length; i++) score += weights[i]! * row[i]!;
    return score;
  });
  const highest = Math.max(...scores);
  const exps = scores.map((score) => Math.exp(score - highest));
  const all = exps.reduce((sum, x) => sum + x, 0);
  const ofRight = exps.reduce((sum, x, i) => sum + (paragraphs[i] === right ? x : 0), 0);
  for (const [i, row] of rows.entries()) {
    const share = exps[i]! / all - (paragraphs[i] === right ? exps[i]! / ofRight : 0);
    for (let column = 0; column < weights.length; column++) gradient[column]! += share * row[column]!;
  }
}

function ranksOf(examples: readonly Example[], weights: Weights): number[] {
  return examples.map(({ rows, paragraphs, right }) => {
    const best = new Map<number, number>();
    for (const [i, row] of rows.entries()) {
      const score = weights.reduce((sum, weight, column) => sum + weight * row[column]!, 0);
      best.set(paragraphs[i]!, Math.max(score, best.get(paragraphs[i]!) ?? -Infinity));
    }
    const own = best.get(right);
    return own === undefined ? 0 : 1 + [...best.values()].filter((score) => score > own).length;
  });
}

/** Measured on articles that the weights were not trained on. */
export function crossValidate(examples: readonly Example[], columns: number): Measures {
  const ranks: number[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const weights = trainWeights(
      examples.filter(({ article }) => article % FOLDS !== fold),
      columns,
    );
    ranks.push(
      ...ranksOf(
        examples.filter(({ article }) => article % FOLDS === fold),
        weights,
      ),
    );
  }
  return measuresOf(ranks);
}
