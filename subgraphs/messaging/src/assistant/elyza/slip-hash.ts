/**
 * The HASH function of SLIP on an IBM 7094, with which the ELIZA of 1966 chose a MEMORY rule. Source: the FAP listing of HASH in
 * Weizenbaum's archive at MIT; characters by the 7090's BCD code.
 */
// cspell:words JKLMNOPQR STUVWXYZ

/** BCD code (octal 00 to 77) → character; `\0` has no character. */
const BCD = "0123456789\0='\0\0\0+ABCDEFGHI\0.)\0\0\0-JKLMNOPQR\0$*\0\0\0 /STUVWXYZ\0,(\0\0\0";

/** Characters in a machine word of 36 bits; a longer English word continues in further machine words. */
const CELL = 6;

const SPACE = 32;

const MAGNITUDE = (1n << 35n) - 1n;

/**
 * The middle `bits` bits of the square of a word's last machine word.
 * @param word in upper case
 * @param bits 0 to 15
 */
export function slipHash(word: string, bits: number): number {
  const magnitude = lastCell(word) & MAGNITUDE; // the sign bit does not take part
  const shift = 35n - BigInt(bits >> 1);
  return Number(((magnitude * magnitude) >> shift) & ((1n << BigInt(bits)) - 1n));
}

/** The last up to six characters of a word, padded with spaces, in six bits each. A character beyond ASCII counts as its bytes in UTF-8. */
function lastCell(word: string): bigint {
  const bytes = Buffer.from(word, 'utf8');
  const start = Math.floor(Math.max(0, bytes.length - 1) / CELL) * CELL;
  let cell = 0n;
  for (let at = start; at < start + CELL; at++) cell = (cell << 6n) | BigInt(codeOf(bytes[at] ?? SPACE));
  return cell;
}

/** Bytes that the 7090 lacks have their lowest six bits. */
function codeOf(byte: number): number {
  const code = byte === 0 ? -1 : BCD.indexOf(String.fromCharCode(byte));
  return code >= 0 ? code : byte & 0x3f;
}
