/** A frame as bytes: a header of 8 bytes, then 14 bytes per row, little-endian. Knows slots, not accounts. */
import { packRotation, unpackRotation, type Rotation } from './rotation';

const VERSION = 1;
const HEADER_BYTES = 8;
const ROW_BYTES = 14;
const FULL = 1;

export interface FrameRow {
  /** The occupant's number in the room, 0 to 65535. */
  slot: number;
  /** Metres. */
  x: number;
  y: number;
  z: number;
  rotation: Rotation;
  /** Index of the animation; see names.ts. */
  animation: number;
  /** Index of the expression; see names.ts. */
  expression: number;
}

export interface PackedFrame {
  tick: number;
  /** Whether the frame holds every occupant, so that all earlier state is void. */
  isFull: boolean;
  rows: FrameRow[];
}

export function packFrame({ tick, isFull, rows }: PackedFrame): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + rows.length * ROW_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, VERSION);
  view.setUint8(1, isFull ? FULL : 0);
  view.setUint16(2, rows.length, true);
  view.setUint32(4, tick, true);
  let at = HEADER_BYTES;
  for (const { slot, x, y, z, rotation, animation, expression } of rows) {
    view.setUint16(at, slot, true);
    view.setInt16(at + 2, Math.round(x * 100), true);
    view.setInt16(at + 4, Math.round(y * 100), true);
    view.setInt16(at + 6, Math.round(z * 100), true);
    view.setUint32(at + 8, packRotation(rotation), true);
    view.setUint8(at + 12, animation);
    view.setUint8(at + 13, expression);
    at += ROW_BYTES;
  }
  return bytes;
}

/** @throws RangeError if the bytes are no frame of this version */
export function unpackFrame(bytes: Uint8Array): PackedFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_BYTES || view.getUint8(0) !== VERSION) throw new RangeError('Not a frame of version 1.');
  const count = view.getUint16(2, true);
  if (bytes.length !== HEADER_BYTES + count * ROW_BYTES) throw new RangeError('The frame has a wrong length.');
  const rows: FrameRow[] = [];
  for (let at = HEADER_BYTES; at < bytes.length; at += ROW_BYTES)
    rows.push({
      slot: view.getUint16(at, true),
      x: view.getInt16(at + 2, true) / 100,
      y: view.getInt16(at + 4, true) / 100,
      z: view.getInt16(at + 6, true) / 100,
      rotation: unpackRotation(view.getUint32(at + 8, true)),
      animation: view.getUint8(at + 12),
      expression: view.getUint8(at + 13),
    });
  return { tick: view.getUint32(4, true), isFull: (view.getUint8(1) & FULL) !== 0, rows };
}
