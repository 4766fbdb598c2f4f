/** Frames text messages from server to client (RFC 6455, 5.2): final, unmasked, uncompressed. See docs/decisions/websocket-framing.md. */
import type { Framing } from '../encoder';

const FINAL_TEXT = 0x81;

export const TEXT_FRAMES: Framing = {
  size: (length) => (length < 126 ? 2 : length < 65_536 ? 4 : 10),

  write(length, into, at) {
    into[at] = FINAL_TEXT;
    if (length < 126) {
      into[at + 1] = length;
      return at + 2;
    }
    if (length < 65_536) {
      into[at + 1] = 126;
      into.writeUInt16BE(length, at + 2);
      return at + 4;
    }
    into[at + 1] = 127;
    into.writeBigUInt64BE(BigInt(length), at + 2);
    return at + 10;
  },
};
