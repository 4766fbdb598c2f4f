/** The learned fusion: a linear score over the features of a passage. Holds no feature and no training. */
export type Weights = readonly number[];

export interface FusionWeights {
  /** For queries without vectors, or in a language that the encoder does not know. */
  lexical: Weights;
  /** With the similarity of the embeddings as the last feature. */
  hybrid: Weights;
}

/** The weights are finite, so the score is too. Features beyond the weights do not count. */
export function fuse(features: readonly number[], weights: Weights): number {
  let score = 0;
  for (let i = 0; i < weights.length; i++) score += weights[i]! * (features[i] ?? 0);
  return score;
}
