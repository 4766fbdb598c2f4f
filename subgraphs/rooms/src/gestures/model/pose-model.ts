/** The model of hand poses: 21 landmarks to one of seven poses. training/train.cli.ts makes its weights. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Perceptron } from './perceptron';

export const LANDMARKS = 21;

/** In the order of the classes; the first five are the labels of the data sets. */
export const POSES = ['OPEN_HAND', 'FIST', 'POINTING', 'OK', 'VICTORY', 'THUMB_UP', 'THUMB_DOWN'] as const;
export type PoseName = (typeof POSES)[number];

export const POSE_SIZES = [LANDMARKS * 2, 64, 32, POSES.length] as const;

export interface Point {
  x: number;
  y: number;
}

/** Landmarks relative to the wrist, divided by the largest absolute value: x and y of each point in turn. All zero for one point. */
export function poseFeatures(landmarks: readonly Point[]): number[] {
  const [wrist] = landmarks;
  const relative = landmarks.flatMap(({ x, y }) => [x - wrist!.x, y - wrist!.y]);
  const largest = Math.max(...relative.map(Math.abs));
  return largest > 0 ? relative.map((value) => value / largest) : relative;
}

export function readWeights(name: string): Float32Array {
  const bytes = readFileSync(join(__dirname, `${name}.bin`));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

let model: Perceptron | undefined;

/** The probability of each of {@link POSES}. */
export function classifyPose(features: ArrayLike<number>): number[] {
  model ??= new Perceptron(POSE_SIZES, readWeights('poses'));
  return model.classify(features);
}
