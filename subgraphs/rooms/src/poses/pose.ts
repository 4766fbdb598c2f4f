/** Poses: position, rotation, animation and expression of an avatar, as Redis stores and the graph shows them. */
import { quantizePosition, quantizeRotation, type Rotation } from '@chat/room-codec';

export interface Vector {
  x: number;
  y: number;
  z: number;
}

/** How far an avatar may move at once, in metres. The allowance refills at {@link WALKING_SPEED}. */
export const SPAWN_ALLOWANCE = 30;
/** The greatest lasting speed, in metres per second. */
export const WALKING_SPEED = 15;

export interface StoredPose extends Vector {
  rotation: Rotation;
  /** An empty string for none, because a script cannot tell null from absent. */
  animation: string;
  expression: string;
  /** Metres that the next move may cover. */
  allowance: number;
  /** Time of the last move, milliseconds since 1970. */
  at: number;
  slot: number;
}

export const IDENTITY: Rotation = { x: 0, y: 0, z: 0, w: 1 };

/** A pose at rest. */
export const poseAt = ({ x, y, z }: Vector, rotation: Rotation = IDENTITY): StoredPose => ({
  x,
  y,
  z,
  rotation,
  animation: '',
  expression: '',
  allowance: SPAWN_ALLOWANCE,
  at: 0,
  slot: 0,
});

export const quantizeVector = ({ x, y, z }: Vector): Vector => ({
  x: quantizePosition(x) + 0,
  y: quantizePosition(y) + 0,
  z: quantizePosition(z) + 0,
});

const shorter = (component: number): number => Math.round(component * 10_000) / 10_000 + 0;

/** With four decimals, more than clients see. */
export const shortened = ({ x, y, z, w }: Rotation): Rotation => ({
  x: shorter(x),
  y: shorter(y),
  z: shorter(z),
  w: shorter(w),
});

/** The pose as clients see it. */
export interface ShownPose {
  userId: string;
  position: Vector;
  rotation: Rotation;
  animation: string | null;
  expression: string | null;
}

export const toShownPose = (userId: string, pose: StoredPose): ShownPose => ({
  userId,
  position: quantizeVector(pose),
  rotation: quantizeRotation(pose.rotation),
  animation: pose.animation || null,
  expression: pose.expression || null,
});
