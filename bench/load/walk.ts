/** The way of an avatar in a bench: circles at walking speed, at 20 steps a second, in which every place tells the step. */
import type { Rotation } from '@chat/room-codec';

/** Steps of one circle. */
export const STEPS = 180;
const RADIUS = 2;
/** Between the centres of two circles, in metres. */
const SPACING = 2;

export interface Place {
  x: number;
  z: number;
}

export interface Step extends Place {
  rotation: Rotation;
}

/** Places in rows around the origin. */
const squareOf = (edge: number): Place[] =>
  Array.from({ length: edge * edge }, (_, index) => ({
    x: ((index % edge) - (edge - 1) / 2) * SPACING,
    z: (Math.floor(index / edge) - (edge - 1) / 2) * SPACING,
  }));

export class Walk {
  private constructor(private readonly centre: Place) {}

  /** The ways of the avatars: `walkers` in a square around the origin, and the others around this square. */
  static waysOf(walkers: number, others: number): Walk[] {
    const edge = Math.ceil(Math.sqrt(walkers));
    const cells = squareOf(edge + 2 * Math.ceil(Math.sqrt(others) / 2));
    const half = (edge * SPACING) / 2;
    const around = cells.filter(({ x, z }) => Math.max(Math.abs(x), Math.abs(z)) > half);
    around.sort((a, b) => Math.hypot(a.x, a.z) - Math.hypot(b.x, b.z));
    return [...squareOf(edge).slice(0, walkers), ...around.slice(0, others)].map((centre) => new Walk(centre));
  }

  at(step: number): Step {
    const angle = (step / STEPS) * 2 * Math.PI;
    const { x, z } = this.centre;
    return {
      x: x + RADIUS * Math.cos(angle),
      z: z + RADIUS * Math.sin(angle),
      rotation: { x: 0, y: Math.sin(angle / 2), z: 0, w: Math.cos(angle / 2) },
    };
  }

  /** The step of a place on the circle, modulo {@link STEPS}. */
  stepAt({ x, z }: Place): number {
    const angle = Math.atan2(z - this.centre.z, x - this.centre.x);
    return (Math.round((angle / (2 * Math.PI)) * STEPS) + STEPS) % STEPS;
  }
}
