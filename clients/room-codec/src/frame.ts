/**
 * A frame as bytes, little-endian: a header of 10 bytes, 12 bytes for each pose, then 4 bytes for each pair of names that has changed. Knows
 * slots, not accounts.
 */
import { packRotation, unpackRotation, type Rotation } from './rotation';

const VERSION = 2;
const HEADER_BYTES = 10;
const POSE_BYTES = 12;
const NAMES_BYTES = 4;
const FULL = 1;

export interface PoseRow {
  /** The occupant's number in the room, 0 to 65535. */
  slot: number;
  /** Metres. */
  x: number;
  y: number;
  z: number;
  rotation: Rotation;
}

export interface NamesRow {
  /** Of an occupant with a pose in the same frame. */
  slot: number;
  /** Index of the animation; see names.ts. */
  animation: number;
  /** Index of the expression; see names.ts. */
  expression: number;
}

export interface PackedFrame {
  tick: number;
  /** Whether the frame holds every occupant, so that all earlier state is void. */
  isFull: boolean;
  poses: PoseRow[];
  /** Names of occupants without a row are as they were. */
  names: NamesRow[];
}

export function packFrame({ tick, isFull, poses, names }: PackedFrame): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + poses.length * POSE_BYTES + names.length * NAMES_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, isFull ? FULL : 0);
  view.setUint16(2, poses.length, true);
  view.setUint16(4, names.length, true);
  view.setUint32(6, tick, true);
  let at = HEADER_BYTES;
  for (const { slot, x, y, z, rotation } of poses) {
    view.setUint16(at, slot, true);
    view.setInt16(at + 2, Math.round(x * 100), true);
    view.setInt16(at + 4, Math.round(y * 100), true);
    view.setInt16(at + 6, Math.round(z * 100), true);
    view.setUint32(at + 8, packRotation(rotation), true);
    at += POSE_BYTES;
  }
  for (const { slot, animation, expression } of names) {
    view.setUint16(at, slot, true);
    view.setUint8(at + 2, animation);
    view.setUint8(at + 3, expression);
    at += NAMES_BYTES;
  }
  return bytes;
}

/** @throws RangeError if the bytes are no frame of this version */
export function unpackFrame(bytes: Uint8Array): PackedFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint8(0) !== VERSION)
    throw new RangeError(`Not a frame of version ${VERSION}.`);
  const namesAt = HEADER_BYTES + view.getUint16(2, true) * POSE_BYTES;
  const end = namesAt + view.getUint16(4, true) * NAMES_BYTES;
  if (bytes.length !== end) throw new RangeError('The frame has a wrong length.');
  const poses: PoseRow[] = [];
  for (let at = HEADER_BYTES; at < namesAt; at += POSE_BYTES)
    poses.push({
      slot: view.getUint16(at, true),
      x: view.getInt16(at + 2, true) / 100,
      y: view.getInt16(at + 4, true) / 100,
      z: view.getInt16(at + 6, true) / 100,
      rotation: unpackRotation(view.getUint32(at + 8, true)),
    });
  const names: NamesRow[] = [];
  for (let at = namesAt; at < end; at += NAMES_BYTES)
    names.push({
      slot: view.getUint16(at, true),
      animation: view.getUint8(at + 2),
      expression: view.getUint8(at + 3),
    });
  return { tick: view.getUint32(6, true), isFull: (view.getUint8(1) & FULL) !== 0, poses, names };
}
