/**
 * Where a request came from, told past the proxies that the operator trusts and no further. What goes on to subgraphs is no
 * longer than it has to be: a head that they refuse would look as if they were away.
 */
import type { IncomingMessage } from 'node:http';
import { canonicalAddress } from '@chat/kit/auth/address';
import type { Client } from '@chat/kit/auth/client';
import type { TraceContext } from '../../execution/execution-scope';

const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;
/** What everybody has to pass on at least, in characters (W3C Trace Context, 3.3.1.5). */
const MAX_TRACESTATE_LENGTH = 512;

/** `trustedProxies`: how many proxies in front append to X-Forwarded-For; with 0 the header is ignored. */
export function clientOf({ headers, socket }: IncomingMessage, trustedProxies: number): Client {
  return {
    address: addressOf(headers['x-forwarded-for'], socket.remoteAddress, trustedProxies),
    userAgent: headers['user-agent'] ?? null,
  };
}

function addressOf(forwarded: string | string[] | undefined, peer: string | undefined, trusted: number): string | null {
  const nearest = canonicalAddress(peer);
  if (trusted === 0 || !forwarded) return nearest;
  const hops = String(forwarded).split(',');
  // A hop without an address counts as the proxy that passed it on, so that nobody escapes a limit by it.
  return canonicalAddress(hops.at(-trusted) ?? hops[0]) ?? nearest;
}

/** The client's trace (W3C Trace Context, 3.2 and 3.3); undefined where its header is none. */
export function traceOf({ headers: { traceparent, tracestate } }: IncomingMessage): TraceContext | undefined {
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return undefined;
  if (typeof tracestate !== 'string' || tracestate.length > MAX_TRACESTATE_LENGTH) return { traceparent };
  return { traceparent, tracestate };
}
