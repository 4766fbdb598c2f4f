/** Whom limits take an address for. Knows nothing of who that is. */
import { isIPv6 } from 'node:net';

/** An IPv4 address itself; of an IPv6 address its /64, since everybody has at least that many addresses and can use each once. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head.split(':');
  if (tail !== undefined) {
    const last = tail.split(':');
    while (groups.length + last.length < 8) groups.push('0');
    groups.push(...last);
  }
  const prefix = groups.slice(0, 4).map((group) => parseInt(group || '0', 16).toString(16));
  return `${prefix.join(':')}::/64`;
}
