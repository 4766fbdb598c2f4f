/** Where webhooks may be sent: the rules for URLs and for the addresses that their hosts resolve to. Refuses what is not plainly public. */
import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';

/** In characters. */
export const URL_MAX = 2048;

/** Whether requests may go to an IP address. */
export type AddressRule = (address: string) => boolean;

/** What an installation allows. */
export const addressRule = (allowsPrivateAddresses: boolean): AddressRule =>
  allowsPrivateAddresses ? () => true : isPublicAddress;

/**
 * The first thing that is wrong with a URL, as the end of a sentence; undefined where it is fine so far: what its host's name
 * leads to is checked when it is called.
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
 * Whether an IP address belongs to the public internet. Everything with a special meaning does not: private, loopback, link-local
 * (where clouds keep their metadata), carrier-grade NAT, multicast, reserved, and IPv6 forms that stand for an IPv4 address other
 * than as itself.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address); // ::ffff:10.0.0.1 counts as 10.0.0.1
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST);
}

/** What IANA gives out; keeps off ::127.0.0.1 and whatever will be given a meaning later (RFC 4291, section 2.4). */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');
