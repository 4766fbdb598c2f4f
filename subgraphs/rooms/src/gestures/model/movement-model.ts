/**
 * The model of movements: the path of a fingertip to still, circles or another movement. A rule tells waves and swipes apart among other
 * movements, because the data set has one label for them.
 */
import { Perceptron } from './perceptron';
import { readWeights, type Point } from './pose-model';

/** The number of points of a path. */
export const PATH_POINTS = 16;

/** In the order of the data set's labels. */
export const MOVEMENT_CLASSES = ['STILL', 'CIRCLE_CLOCKWISE', 'CIRCLE_COUNTERCLOCKWISE', 'MOVING'] as const;

export const MOVEMENT_SIZES = [PATH_POINTS * 2 + 1, 64, 32, MOVEMENT_CLASSES.length] as const;

/** Paths without extent have this size at least, as a part of the image. */
const SMALLEST = 1e-4;

/** Points relative to the first, over the largest absolute value, and the logarithm of that value. */
export function movementFeatures(path: readonly Point[]): number[] {
  const [first] = path;
  const relative = path.flatMap(({ x, y }) => [x - first!.x, y - first!.y]);
  const largest = Math.max(SMALLEST, ...relative.map(Math.abs));
  return [...relative.map((value) => value / largest), Math.log10(largest) + 2];
}

/** Points at equal times between the first and the last; `times` must not fall. */
export function resample(points: readonly Point[], times: readonly number[], count = PATH_POINTS): Point[] {
  const [begin, end] = [times[0]!, times.at(-1)!];
  let index = 0;
  return Array.from({ length: count }, (_, step) => {
    const time = begin + ((end - begin) * step) / (count - 1);
    while (index < points.length - 2 && times[index + 1]! < time) index++;
    const [a, b] = [points[index]!, points[Math.min(index + 1, points.length - 1)]!];
    const span = (times[index + 1] ?? end) - times[index]!;
    const part = span > 0 ? Math.min(1, Math.max(0, (time - times[index]!) / span)) : 1;
    return { x: a.x + (b.x - a.x) * part, y: a.y + (b.y - a.y) * part };
  });
}

let model: Perceptron | undefined;

/** The probability of each of {@link MOVEMENT_CLASSES}. */
export function classifyMovement(features: ArrayLike<number>): number[] {
  model ??= new Perceptron(MOVEMENT_SIZES, readWeights('movements'));
  return model.classify(features);
}

/** Reversals are counted only after a way of this part of the path's width. */
const HYSTERESIS = 0.3;

/** Names a movement that is no circle. */
export function nameMovement(path: readonly Point[]): 'WAVE' | 'SWIPE' | 'MOVING' {
  const xs = path.map(({ x }) => x);
  const ys = path.map(({ y }) => y);
  const [width, height] = [Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)];
  const along = width >= height ? xs : ys;
  const extent = Math.max(width, height);
  const net = Math.abs(along.at(-1)! - along[0]!);
  const reversals = countReversals(along, extent * HYSTERESIS);
  if (reversals >= 2 && width >= height) return 'WAVE';
  return reversals === 0 && net >= 0.8 * extent && Math.min(width, height) <= 0.6 * extent ? 'SWIPE' : 'MOVING';
}

function countReversals(values: readonly number[], least: number): number {
  let [reversals, direction, extreme] = [0, 0, values[0]!];
  for (const value of values) {
    const way = value - extreme;
    if (direction === 0 ? Math.abs(way) >= least : way * direction <= -least) {
      if (direction !== 0) reversals++;
      direction = Math.sign(way);
      extreme = value;
    } else if (way * direction > 0) extreme = value;
  }
  return reversals;
}
