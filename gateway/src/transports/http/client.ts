/** Where a request came from, told past the proxies that the operator trusts and no further. */
import type { IncomingMessage } from 'node:http';
import type { Client } from '@chat/kit/auth/client';

/** `trustedProxies`: how many proxies in front append to X-Forwarded-For; with 0 the header is ignored. */
export function clientOf({ headers, socket }: IncomingMessage, trustedProxies: number): Client {
  return {
    address: addressOf(headers['x-forwarded-for'], socket.remoteAddress, trustedProxies),
    userAgent: headers['user-agent'] ?? null,
  };
}

function addressOf(forwarded: string | string[] | undefined, peer: string | undefined, trusted: number): string | null {
  if (trusted === 0 || !forwarded) return normal(peer);
  const hops = String(forwarded)
    .split(',')
    .map((hop) => hop.trim());
  return normal(hops.at(-trusted) ?? hops[0]);
}

/** IPv4 addresses look the same on a socket that speaks both. */
function normal(address: string | undefined): string | null {
  return address?.replace(/^::ffff:/, '') || null;
}
