/** IP addresses in one canonical form, for limits, logs, sessions and audit. Does not know which sender of an address to trust. */
import { isIPv4, isIPv6 } from 'node:net';

/** An IPv6 address in brackets with its zone, 5 digits of port and quotes, in characters. */
const MAX_LENGTH = 128;

/** `[address]` or `[address]:port` */
const IN_BRACKETS = /^\[([^\]]*)\](?::\d{1,5})?$/;
const IPV4_WITH_PORT = /^([\d.]+):\d{1,5}$/;
/** The last 32 bits of an IPv4-mapped address as a URL has them. */
const MAPPED = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;

/**
 * The address in a hop of `X-Forwarded-For` or of a socket: without port, brackets, quotes and zone, IPv4-mapped addresses as
 * IPv4, and IPv6 as RFC 5952 has it. Null for anything else, such as `unknown`.
 */
export function canonicalAddress(text: string | null | undefined): string | null {
  if (!text || text.length > MAX_LENGTH) return null;
  if (isIPv4(text)) return text;
  const bare = text.trim().replace(/^"(.*)"$/, '$1');
  const address = IN_BRACKETS.exec(bare)?.[1] ?? IPV4_WITH_PORT.exec(bare)?.[1] ?? bare;
  if (isIPv4(address)) return address;
  return isIPv6(address) ? canonicalIPv6(address.split('%')[0]!) : null;
}

function canonicalIPv6(address: string): string {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = MAPPED.exec(canonical);
  if (!mapped) return canonical;
  const [high, low] = [parseInt(mapped[1]!, 16), parseInt(mapped[2]!, 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The part of an address that limits count: all of IPv4, and the /64 of IPv6, since every customer has at least that many addresses. */
export function networkOf(address: string): string {
  const canonical = canonicalAddress(address) ?? address;
  if (!isIPv6(canonical)) return canonical;
  const [head = '', tail] = canonical.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const last = tail === '' ? [] : tail.split(':');
    while (groups.length + last.length < 8) groups.push('0');
    groups.push(...last);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
