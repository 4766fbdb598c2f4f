/** Splits the bytes of a WebSocket server into frames, reading headers only. Supports neither compression nor fragments. */

export const TEXT = 0x1;
export const CLOSE = 0x8;
export const PING = 0x9;

/** A frame's payload is `bytes` from `start` to `end`, until the call returns. */
export type OnFrame = (opcode: number, bytes: Buffer, start: number, end: number) => void;

export class FrameReader {
  private rest?: Buffer;

  constructor(private readonly onFrame: OnFrame) {}

  /** The caller may reuse `chunk` afterwards. */
  read(chunk: Buffer): void {
    const bytes = this.rest ? Buffer.concat([this.rest, chunk]) : chunk;
    this.rest = undefined;
    let at = 0;
    for (;;) {
      const start = payloadStart(bytes, at);
      const end = start < 0 ? -1 : start + payloadLength(bytes, at);
      if (end < 0 || end > bytes.length) break;
      this.onFrame(bytes[at]! & 0x0f, bytes, start, end);
      at = end;
    }
    if (at < bytes.length) this.rest = Buffer.from(bytes.subarray(at));
  }
}

/** -1 if the frame's header is incomplete. */
function payloadStart(bytes: Buffer, at: number): number {
  if (bytes.length < at + 2) return -1;
  const length = bytes[at + 1]!;
  const start = at + (length < 126 ? 2 : length === 126 ? 4 : 10);
  return start <= bytes.length ? start : -1;
}

function payloadLength(bytes: Buffer, at: number): number {
  const length = bytes[at + 1]!;
  if (length < 126) return length;
  return length === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
}

/** A short frame from client to server. An all-zero mask leaves the payload unchanged. */
export function clientFrame(opcode: number, payload: string): Buffer {
  const text = Buffer.from(payload);
  const isLong = text.length > 125;
  const head = Buffer.alloc(isLong ? 8 : 6);
  head[0] = 0x80 | opcode;
  head[1] = 0x80 | (isLong ? 126 : text.length);
  if (isLong) head.writeUInt16BE(text.length, 2);
  return Buffer.concat([head, text]);
}
