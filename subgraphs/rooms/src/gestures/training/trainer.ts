/** Trains a perceptron by Adam on batches that are made anew for each step, so that augmentation never repeats. */
import { Perceptron } from '../model/perceptron';
import type { Random } from './random';

export interface Example {
  features: number[];
  label: number;
}

export interface Training {
  sizes: readonly number[];
  steps: number;
  batch: number;
  random: Random;
  /** A new example, with augmentation. */
  example: () => Example;
  /** Called now and then with the weights so far. */
  report?: (step: number, weights: Float32Array) => void;
}

const [RATE, BETA1, BETA2] = [3e-3, 0.9, 0.999];
const DECAY = 1e-5;

export function train({ sizes, steps, batch, random, example, report }: Training): Float32Array {
  const count = Perceptron.weightCount(sizes);
  const weights = new Float64Array(count);
  let at = 0;
  for (let layer = 1; layer < sizes.length; layer++) {
    const [inputs, units] = [sizes[layer - 1]!, sizes[layer]!];
    for (let index = 0; index < inputs * units; index++) weights[at++] = random.normal() * Math.sqrt(2 / inputs);
    at += units;
  }
  const [first, second, gradient] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  for (let step = 1; step <= steps; step++) {
    gradient.fill(0);
    for (let index = 0; index < batch; index++) addGradient(sizes, weights, example(), gradient, 1 / batch);
    const rate = RATE * 0.5 * (1 + Math.cos((Math.PI * step) / steps)); // falls to zero
    for (let index = 0; index < count; index++) {
      const slope = gradient[index]! + DECAY * weights[index]!;
      first[index] = BETA1 * first[index]! + (1 - BETA1) * slope;
      second[index] = BETA2 * second[index]! + (1 - BETA2) * slope * slope;
      const corrected = Math.sqrt(second[index]! / (1 - BETA2 ** step)) + 1e-8;
      weights[index]! -= (rate * first[index]!) / (1 - BETA1 ** step) / corrected;
    }
    if (step % Math.ceil(steps / 5) === 0) report?.(step, new Float32Array(weights));
  }
  return new Float32Array(weights);
}

/** Adds the gradient of the cross-entropy of one example. */
function addGradient(
  sizes: readonly number[],
  weights: Float64Array,
  { features, label }: Example,
  gradient: Float64Array,
  factor: number,
): void {
  const activations: number[][] = [features];
  const offsets: number[] = [];
  let at = 0;
  for (let layer = 1; layer < sizes.length; layer++) {
    offsets.push(at);
    const inputs = activations[layer - 1]!;
    const units = sizes[layer]!;
    const biases = at + inputs.length * units;
    const outputs = new Array<number>(units);
    for (let unit = 0; unit < units; unit++) {
      let sum = weights[biases + unit]!;
      for (let input = 0; input < inputs.length; input++)
        sum += weights[at + unit * inputs.length + input]! * inputs[input]!;
      outputs[unit] = layer < sizes.length - 1 && sum < 0 ? 0 : sum;
    }
    activations.push(outputs);
    at = biases + units;
  }
  const scores = activations.at(-1)!;
  const most = Math.max(...scores);
  const total = scores.reduce((sum, score) => sum + Math.exp(score - most), 0);
  let errors = scores.map((score, unit) => (Math.exp(score - most) / total - (unit === label ? 1 : 0)) * factor);
  for (let layer = sizes.length - 1; layer >= 1; layer--) {
    const inputs = activations[layer - 1]!;
    const offset = offsets[layer - 1]!;
    const biases = offset + inputs.length * errors.length;
    const before = new Array<number>(inputs.length).fill(0);
    for (let unit = 0; unit < errors.length; unit++) {
      const error = errors[unit]!;
      gradient[biases + unit]! += error;
      for (let input = 0; input < inputs.length; input++) {
        const index = offset + unit * inputs.length + input;
        gradient[index]! += error * inputs[input]!;
        before[input]! += error * weights[index]!;
      }
    }
    errors = before.map((error, input) => (inputs[input]! > 0 ? error : 0));
  }
}
