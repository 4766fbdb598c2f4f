/** Rules for URLs of untrusted origin and the addresses of their hosts. Refuses every address that is not clearly public. */
import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';

/** In characters. */
export const URL_MAX = 2048;

/** Decides whether requests may go to an IP address. */
export type AddressRule = (address: string) => boolean;

/** The rule of an installation. */
export const addressRule = (allowsPrivateAddresses: boolean): AddressRule =>
  allowsPrivateAddresses ? () => true : isPublicAddress;

/**
 * The first problem of a URL as the end of a sentence; undefined if there is none. The addresses of its host are checked at each
 * connection, not here.
 */
export function urlProblem(text: string, isAllowed: AddressRule): string | undefined {
  if (text.length > URL_MAX) return `must have at most ${URL_MAX} characters`;
  const url = URL.parse(text);
  if (!url) return 'must be a URL';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must start with https:// or http://';
  if (url.username || url.password) return 'must not have a user name or password';
  const host = hostOf(url);
  const address = LOCAL_NAME.test(host) ? '127.0.0.1' : host;
  return isIP(address) && !isAllowed(address) ? 'must not lead to a private address' : undefined;
}

const LOCAL_NAME = /(^|\.)(localhost|local)$/;

/** IPv6 addresses without brackets, names without the final dot. */
const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');

/**
 * Whether an IP address belongs to the public internet. Excludes private, loopback, link-local (cloud metadata), carrier-grade NAT,
 * multicast and reserved addresses, and IPv6 forms that embed an IPv4 address, except for IPv4-mapped ones.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address); // ::ffff:10.0.0.1 counts as 10.0.0.1
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST);
}

/** Allocated by IANA; excludes ::127.0.0.1 and ranges reserved for the future (RFC 4291, section 2.4). */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');
