/** Unit quaternions in 32 bits: the index of the largest component, and the three others with 10 bits each. */

export interface Rotation {
  x: number;
  y: number;
  z: number;
  w: number;
}

/** No component but the largest exceeds this value. */
const LIMIT = Math.SQRT1_2;
/** An odd number of steps, so that zero is one of them. */
const MIDDLE = 511;

/** Normalises the quaternion first. A quaternion without length becomes the identity. */
export function packRotation({ x, y, z, w }: Rotation): number {
  const length = Math.hypot(x, y, z, w);
  const parts = length > 0 ? [x / length, y / length, z / length, w / length] : [0, 0, 0, 1];
  let largest = 0;
  for (let index = 1; index < 4; index++) if (Math.abs(parts[index]!) > Math.abs(parts[largest]!)) largest = index;
  const sign = parts[largest]! < 0 ? -1 : 1; // q and -q are the same rotation
  let packed = largest;
  for (let index = 0; index < 4; index++)
    if (index !== largest) packed = packed * 1024 + Math.round(((parts[index]! * sign) / LIMIT) * MIDDLE) + MIDDLE;
  return packed;
}

export function unpackRotation(packed: number): Rotation {
  const largest = Math.floor(packed / 2 ** 30) & 3;
  const parts = [0, 0, 0, 0];
  let rest = packed % 2 ** 30;
  let squares = 0;
  for (let index = 3; index >= 0; index--) {
    if (index === largest) continue;
    const value = (((rest % 1024) - MIDDLE) / MIDDLE) * LIMIT;
    rest = Math.floor(rest / 1024);
    parts[index] = value;
    squares += value * value;
  }
  parts[largest] = Math.sqrt(Math.max(0, 1 - squares));
  return { x: parts[0]!, y: parts[1]!, z: parts[2]!, w: parts[3]! };
}
