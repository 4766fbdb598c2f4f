/** Reads and rewrites the fixed header of RTP packets (RFC 3550) and reads the audio level of RFC 6464. Decodes no media. */

/** The payload type of Opus in all connections of this process. */
export const OPUS = 111;
/** The id of the header extension that holds the audio level. */
export const LEVEL_EXTENSION = 1;
export const LEVEL_URI = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level';

const FIXED_HEADER = 12;
/** The profile of one-byte header extensions, RFC 8285. */
const ONE_BYTE_PROFILE = 0xbede;
/** The level of silence, in -dBov. */
const SILENCE = 127;
/** Packets of discontinuous transmission are this short, in bytes of payload. */
const DTX_BYTES = 3;
/** The assumed level of a packet without the extension, in -dBov. */
const UNKNOWN_LEVEL = 40;

export interface RtpPacket {
  sequence: number;
  timestamp: number;
  /** In -dBov: 0 is the loudest, 127 is silence. */
  level: number;
}

/** Undefined if it is not an RTP packet of Opus; RTCP shares the transport. */
export function readPacket(bytes: Buffer): RtpPacket | undefined {
  if (bytes.length <= FIXED_HEADER || bytes[0]! >> 6 !== 2 || (bytes[1]! & 0x7f) !== OPUS) return undefined;
  const sources = FIXED_HEADER + (bytes[0]! & 0x0f) * 4;
  const hasExtension = (bytes[0]! & 0x10) !== 0;
  if (sources + (hasExtension ? 4 : 0) > bytes.length) return undefined;
  const extensionBytes = hasExtension ? bytes.readUInt16BE(sources + 2) * 4 : 0;
  const payload = sources + (hasExtension ? 4 + extensionBytes : 0);
  if (payload > bytes.length) return undefined;
  const isOneByte = hasExtension && bytes.readUInt16BE(sources) === ONE_BYTE_PROFILE;
  const stated = isOneByte ? levelIn(bytes.subarray(sources + 4, payload)) : undefined;
  const assumed = bytes.length - payload <= DTX_BYTES ? SILENCE : UNKNOWN_LEVEL;
  return { sequence: bytes.readUInt16BE(2), timestamp: bytes.readUInt32BE(4), level: stated ?? assumed };
}

function levelIn(extensions: Buffer): number | undefined {
  for (let at = 0; at < extensions.length;) {
    const id = extensions[at]! >> 4;
    if (id === 0) at++;
    else if (id === LEVEL_EXTENSION && at + 1 < extensions.length) return extensions[at + 1]! & 0x7f;
    else at += 2 + (extensions[at]! & 0x0f);
  }
  return undefined;
}

export interface RtpNumbers {
  ssrc: number;
  sequence: number;
  timestamp: number;
  /** Whether a talk spurt begins. */
  isFirst: boolean;
}

/** Changes the packet in place. Byte by byte, without the checks of a Buffer's methods. */
export function rewritePacket(bytes: Buffer, { ssrc, sequence, timestamp, isFirst }: RtpNumbers): void {
  bytes[1] = (isFirst ? 0x80 : 0) | OPUS;
  bytes[2] = sequence >>> 8;
  bytes[3] = sequence;
  bytes[4] = timestamp >>> 24;
  bytes[5] = timestamp >>> 16;
  bytes[6] = timestamp >>> 8;
  bytes[7] = timestamp;
  bytes[8] = ssrc >>> 24;
  bytes[9] = ssrc >>> 16;
  bytes[10] = ssrc >>> 8;
  bytes[11] = ssrc;
}
