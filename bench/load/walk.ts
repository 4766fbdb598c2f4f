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

export class Walk {
  private readonly centre: Place;

  /** @param index of the avatar: avatars stand in a square around the origin */
  constructor(index: number, count: number) {
    const edge = Math.ceil(Math.sqrt(count));
    const middle = (edge - 1) / 2;
    this.centre = { x: ((index % edge) - middle) * SPACING, z: (Math.floor(index / edge) - middle) * SPACING };
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
