/** A small multilayer perceptron: weights as one Float32Array, ReLU between layers, softmax at the end. Inference only. */

export class Perceptron {
  private readonly layers: { weights: Float32Array; biases: Float32Array; outputs: Float64Array }[] = [];

  /**
   * @param sizes the number of units of each layer, from the inputs to the classes
   * @param values the weights of each layer, row by row for each unit, followed by its biases
   */
  constructor(
    readonly sizes: readonly number[],
    values: Float32Array,
  ) {
    let at = 0;
    for (let layer = 1; layer < sizes.length; layer++) {
      const [inputs, units] = [sizes[layer - 1]!, sizes[layer]!];
      const weights = values.subarray(at, (at += inputs * units));
      const biases = values.subarray(at, (at += units));
      this.layers.push({ weights, biases, outputs: new Float64Array(units) });
    }
    if (at !== values.length) throw new Error(`The weights do not fit a perceptron of ${sizes.join('-')}.`);
  }

  static weightCount(sizes: readonly number[]): number {
    return sizes.slice(1).reduce((total, units, index) => total + units * (sizes[index]! + 1), 0);
  }

  /** The probability of each class. */
  classify(inputs: ArrayLike<number>): number[] {
    let current = inputs;
    this.layers.forEach(({ weights, biases, outputs }, index) => {
      const isLast = index === this.layers.length - 1;
      for (let unit = 0; unit < outputs.length; unit++) {
        let sum = biases[unit]!;
        for (let input = 0, at = unit * current.length; input < current.length; input++, at++)
          sum += weights[at]! * current[input]!;
        outputs[unit] = isLast || sum > 0 ? sum : 0;
      }
      current = outputs;
    });
    return softmax(current);
  }
}

function softmax(values: ArrayLike<number>): number[] {
  const all = Array.from(values);
  const most = Math.max(...all);
  const powers = all.map((value) => Math.exp(value - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
