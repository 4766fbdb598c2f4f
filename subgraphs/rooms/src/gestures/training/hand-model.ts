/**
 * A kinematic model of a right hand: joint angles to 21 landmarks in MediaPipe's order, seen by a camera. It supplies the thumbs, of
 * which no data set is at hand, and further examples of rare poses. Proportions are those of an average adult hand.
 */
import type { Point, PoseName } from '../model/pose-model';
import type { Random } from './random';

type Vector = [number, number, number];

/** Base joint, direction of the straight finger, and lengths of the three bones, in units of the palm's length. x to the right, y up. */
const FINGERS: { base: Vector; spread: number; bones: [number, number, number] }[] = [
  { base: [0.24, 0.95, 0], spread: 0.1, bones: [0.46, 0.27, 0.2] },
  { base: [0.03, 1, 0], spread: 0, bones: [0.52, 0.31, 0.21] },
  { base: [-0.17, 0.94, 0], spread: -0.1, bones: [0.47, 0.3, 0.21] },
  { base: [-0.35, 0.84, 0], spread: -0.22, bones: [0.37, 0.22, 0.19] },
];
const THUMB_BASE: Vector = [0.27, 0.22, 0.02];
const THUMB_BONES = [0.4, 0.33, 0.27] as const;

interface HandShape {
  /** Curl of index, middle, ring and little finger: 0 straight to 1 closed. */
  curls: [number, number, number, number];
  /** Direction of the thumb in the plane of the palm, radians from the fingers' direction. */
  thumbAngle: number;
  /** How far the thumb lies across the palm, 0 to 1. */
  thumbAcross: number;
  /** Factor of the fingers' spread. */
  spread: number;
}

const SHAPES: Record<PoseName, (random: Random) => HandShape> = {
  OPEN_HAND: (r) => shape(r, [0, 0, 0, 0], 0.75, 0, r.between(0.6, 1.8)),
  FIST: (r) => shape(r, [0.95, 0.95, 0.95, 0.95], 0.3, 1, 1),
  POINTING: (r) => shape(r, [0, 0.95, 0.95, 0.95], 0.3, r.between(0.5, 1), 1),
  OK: (r) => shape(r, [0.55, 0.05, 0.03, 0.02], 0.35, 0.35, r.between(0.9, 1.8)),
  VICTORY: (r) => shape(r, [0, 0, 0.92, 0.92], 0.3, 0.9, r.between(1.2, 2.6)),
  THUMB_UP: (r) => shape(r, [0.9, 0.93, 0.95, 0.95], r.between(0.9, 1.5), 0, 1),
  THUMB_DOWN: (r) => shape(r, [0.9, 0.93, 0.95, 0.95], r.between(0.9, 1.5), 0, 1),
};

function shape(
  random: Random,
  curls: HandShape['curls'],
  thumbAngle: number,
  thumbAcross: number,
  spread: number,
): HandShape {
  const near = (curl: number) => Math.min(1, Math.max(0, curl + random.normal() * 0.05));
  return {
    curls: curls.map(near) as HandShape['curls'],
    thumbAngle: thumbAngle + random.normal() * 0.1,
    thumbAcross: Math.min(1, Math.max(0, thumbAcross + random.normal() * 0.08)),
    spread,
  };
}

/** Landmarks of a pose in image coordinates, y down: another camera and another hand each time. */
export function syntheticPose(pose: PoseName, random: Random): Point[] {
  const points = joints(SHAPES[pose](random)).map((point) => scaled(point, random));
  const isThumb = pose === 'THUMB_UP' || pose === 'THUMB_DOWN';
  // The thumb of a hand with horizontal fingers points up or down.
  const thumb = points[4]!;
  const upright = Math.atan2(thumb[0], thumb[1]) + (pose === 'THUMB_DOWN' ? Math.PI : 0);
  const roll = isThumb ? upright + random.normal() * 0.25 : random.normal() * 0.5;
  const [yaw, pitch] = [random.normal() * 0.45, random.normal() * (isThumb ? 0.3 : 0.5)];
  const distance = random.between(4, 10);
  const mirror = random.unit() < 0.5 ? -1 : 1;
  return points.map((point) => {
    // The roll comes last, so that it is in the plane of the image.
    const [x, y, z] = rolled(tilted(point, yaw, pitch), isThumb ? 0 : roll);
    const [u, v] = isThumb ? rolled([x, y, z], roll) : [x, y];
    const depth = distance / (distance + z);
    return { x: mirror * u * depth + random.normal() * 0.012, y: -v * depth + random.normal() * 0.012 };
  });
}

const scaled = ([x, y, z]: Vector, random: Random): Vector => [
  x + random.normal() * 0.012,
  y + random.normal() * 0.012,
  z,
];

function joints({ curls, thumbAngle, thumbAcross, spread }: HandShape): Vector[] {
  const points: Vector[] = [[0, 0, 0]];
  // The thumb bends in the plane of the palm, and in front of it if it lies across.
  let at = THUMB_BASE;
  points.push(at);
  const direction = thumbAngle * (1 - thumbAcross) - 0.9 * thumbAcross;
  for (const [index, bone] of THUMB_BONES.entries()) {
    const angle = index === 0 ? thumbAngle * (1 - 0.5 * thumbAcross) : direction - 0.25 * index * thumbAcross;
    const step: Vector = [Math.sin(angle) * bone, Math.cos(angle) * bone, -0.5 * thumbAcross * bone];
    at = add(at, step);
    points.push(at);
  }
  FINGERS.forEach(({ base, spread: angle, bones }, finger) => {
    let joint = base;
    points.push(joint);
    let bend = 0;
    const curl = curls[finger]!;
    for (const [index, bone] of bones.entries()) {
      bend += curl * (index === 0 ? 1.5 : index === 1 ? 1.8 : 1.1);
      const side = angle * spread * (1 - curl);
      joint = add(joint, [
        Math.sin(side) * Math.cos(bend) * bone,
        Math.cos(side) * Math.cos(bend) * bone,
        -Math.sin(bend) * bone,
      ]);
      points.push(joint);
    }
  });
  return points;
}

const add = (a: Vector, b: Vector): Vector => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];

function tilted([x, y, z]: Vector, yaw: number, pitch: number): Vector {
  const [x1, z1] = [x * Math.cos(yaw) + z * Math.sin(yaw), -x * Math.sin(yaw) + z * Math.cos(yaw)];
  return [x1, y * Math.cos(pitch) - z1 * Math.sin(pitch), y * Math.sin(pitch) + z1 * Math.cos(pitch)];
}

const rolled = ([x, y, z]: Vector, roll: number): Vector => [
  x * Math.cos(roll) - y * Math.sin(roll),
  x * Math.sin(roll) + y * Math.cos(roll),
  z,
];
