/** Points around centres, as embeddings cluster. */

export const DIMENSIONS = 512;
export const CENTRES = 500;
/** Distance from the centre, relative to its length. */
const SPREAD = 0.7;

export function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector) || 1;
  return vector.map((x) => x / length);
}

/** The point beside a centre in a direction, both of length 1; of length 1 as well. */
export const beside = (centre: Float32Array, direction: Float32Array): Float32Array =>
  unit(centre.map((x, d) => x + SPREAD * direction[d]!));
