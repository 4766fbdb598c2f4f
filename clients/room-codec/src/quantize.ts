/** Quantisation of poses: centimetres for positions, thousandths for rotations. */
import { packRotation, unpackRotation, type Rotation } from './rotation';

/** The greatest absolute value of a coordinate in metres. */
export const MAX_DISTANCE = 300;

/** The nearest centimetre, in metres. */
export const quantizePosition = (metres: number): number => Math.round(metres * 100) / 100;

/** The rotation as a packed row holds it, with three decimals. */
export function quantizeRotation(rotation: Rotation): Rotation {
  const { x, y, z, w } = unpackRotation(packRotation(rotation));
  return { x: thousandths(x), y: thousandths(y), z: thousandths(z), w: thousandths(w) };
}

/** Adding zero turns -0 into 0. */
const thousandths = (value: number): number => Math.round(value * 1000) / 1000 + 0;
