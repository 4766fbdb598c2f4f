/** The two formats for results on an open HTTP response: server-sent events and Apollo's multipart protocol. */
import type { GraphQLFormattedError } from 'graphql';

export interface StreamFormat {
  readonly headers: Record<string, string>;
  /** Written before everything else. */
  readonly opening: Buffer;
  /** Before and after each result. */
  readonly prefix: Buffer;
  readonly suffix: Buffer;
  /** Also tells the client that its operation has begun. */
  readonly heartbeat: Buffer;
  readonly completion: Buffer;
  failure(errors: readonly GraphQLFormattedError[]): Buffer;
}

/** The distinct connections mode of graphql-sse's PROTOCOL.md. Errors are sent as a result, since the response has begun. */
export const EVENT_STREAM: StreamFormat = {
  headers: {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  },
  opening: Buffer.alloc(0),
  prefix: Buffer.from('event: next\ndata: '),
  suffix: Buffer.from('\n\n'),
  heartbeat: Buffer.from(':\n\n'),
  completion: Buffer.from('event: complete\ndata:\n\n'),
  failure: (errors) => Buffer.from(`event: next\ndata: ${JSON.stringify({ errors })}\n\nevent: complete\ndata:\n\n`),
};

/** Tells an EventSource client when to reconnect: within a second, at random, so that clients do not reconnect all at once. */
export function retryHint(): Buffer {
  return Buffer.from(`retry: ${Math.floor(Math.random() * 1000)}\n\n`);
}

const PART = 'content-type: application/json\r\n\r\n';
/** Written right after each part, since a client knows only from the boundary that a part is complete. */
const BOUNDARY = '\r\n--graphql\r\n';
const END = '\r\n--graphql--\r\n';

/** Apollo's multipart protocol for subscriptions, version 1.0. */
const MULTIPART: StreamFormat = {
  headers: {
    'content-type': 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  },
  opening: Buffer.from(BOUNDARY),
  prefix: Buffer.from(`${PART}{"payload":`),
  suffix: Buffer.from(`}${BOUNDARY}`),
  heartbeat: Buffer.from(`${PART}{}${BOUNDARY}`),
  completion: Buffer.from(`${PART}{"payload":null}${END}`),
  failure: (errors) => Buffer.from(`${PART}${JSON.stringify({ payload: null, errors })}${END}`),
};

/** The format for an `Accept` header; undefined if it allows neither. */
export function streamFormatFor(accept: string | undefined): StreamFormat | undefined {
  const types = (accept ?? '').toLowerCase();
  if (types.includes('text/event-stream')) return EVENT_STREAM;
  return types.includes('multipart/mixed') && types.includes('subscriptionspec') ? MULTIPART : undefined;
}
