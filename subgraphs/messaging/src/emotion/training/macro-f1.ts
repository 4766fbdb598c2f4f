/** F1 per label and their mean, and the thresholds that maximise it. */

export interface Rates {
  precision: number;
  recall: number;
  f1: number;
  /** Examples that have the label. */
  support: number;
}

export function ratesOf(isPredicted: (example: number) => boolean, truth: Uint8Array): Rates {
  let [hits, predicted, support] = [0, 0, 0];
  truth.forEach((isTrue, i) => {
    support += isTrue;
    if (!isPredicted(i)) return;
    predicted++;
    hits += isTrue;
  });
  return {
    precision: hits / (predicted || 1),
    recall: hits / (support || 1),
    f1: (2 * hits) / (predicted + support || 1),
    support,
  };
}

export const meanOf = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** The threshold with the highest F1 on these examples: a score above it means yes. */
export function bestThreshold(scores: Float64Array, truth: Uint8Array, examples: readonly number[]): number {
  const order = [...examples].sort((a, b) => scores[b]! - scores[a]!);
  const support = order.reduce((sum, i) => sum + truth[i]!, 0);
  let [hits, best, threshold] = [0, -1, 0];
  order.forEach((example, rank) => {
    hits += truth[example]!;
    const f1 = (2 * hits) / (support + rank + 1);
    const next = order[rank + 1];
    if (f1 <= best || (next !== undefined && scores[next] === scores[example])) return;
    best = f1;
    threshold = next === undefined ? scores[example]! - 1e-6 : (scores[example]! + scores[next]!) / 2;
  });
  return threshold;
}

/** The mean of the best thresholds of random samples, which is steadier than the best one of all examples if a label is rare. */
export function steadyThreshold(scores: Float64Array, truth: Uint8Array, random: () => number): number {
  const SAMPLES = 25;
  const sample = () => Array.from(scores, () => Math.floor(random() * scores.length));
  return meanOf(Array.from({ length: SAMPLES }, () => bestThreshold(scores, truth, sample())));
}
