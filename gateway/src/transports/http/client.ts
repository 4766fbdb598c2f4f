/**
 * The origin of a request: address, user agent and trace. Trusts only the configured number of proxies. Values for subgraphs have
 * a maximum length, since a subgraph that rejects long headers would look unavailable.
 */
import type { IncomingMessage } from 'node:http';
import { canonicalAddress } from '@chat/kit/auth/address';
import type { Client } from '@chat/kit/auth/client';
import type { TraceContext } from '../../execution/execution-scope';

const TRACEPARENT = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;
/** The length that every participant must propagate, in characters (W3C Trace Context, 3.3.1.5). */
const MAX_TRACESTATE_LENGTH = 512;

/** `trustedProxies` is the number of proxies that append to X-Forwarded-For; with 0 the header is ignored. */
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
  // A hop that is no address counts as the nearest proxy, so that it cannot be used to escape limits.
  return canonicalAddress(hops.at(-trusted) ?? hops[0]) ?? nearest;
}

/** The client's trace context (W3C Trace Context, 3.2 and 3.3); undefined if its header is missing or invalid. */
export function traceOf({ headers: { traceparent, tracestate } }: IncomingMessage): TraceContext | undefined {
  if (typeof traceparent !== 'string' || !TRACEPARENT.test(traceparent)) return undefined;
  if (typeof tracestate !== 'string' || tracestate.length > MAX_TRACESTATE_LENGTH) return { traceparent };
  return { traceparent, tracestate };
}
