// cspell:words logit logits
/** Turns scores into logits with probabilities that are right on average: logistic regression on the score alone (Platt 1999). */

export interface Calibration {
  slope: number;
  intercept: number;
}

/** Newton's method; it converges within a few steps. */
const STEPS = 20;
/** Keeps the steps finite if the scores separate the classes. */
const RIDGE = 1e-3;

export function calibrate(scores: Float64Array, truth: Uint8Array): Calibration {
  let [slope, intercept] = [0, 0];
  for (let step = 0; step < STEPS; step++) {
    let [g0, g1, h00, h01, h11] = [RIDGE * intercept, RIDGE * slope, RIDGE, 0, RIDGE];
    scores.forEach((score, i) => {
      const probability = 1 / (1 + Math.exp(-(slope * score + intercept)));
      const [error, variance] = [probability - truth[i]!, probability * (1 - probability)];
      g0 += error;
      g1 += error * score;
      h00 += variance;
      h01 += variance * score;
      h11 += variance * score * score;
    });
    const determinant = h00 * h11 - h01 * h01;
    intercept -= (h11 * g0 - h01 * g1) / determinant;
    slope -= (h00 * g1 - h01 * g0) / determinant;
  }
  return { slope, intercept };
}
