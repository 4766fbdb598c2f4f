/** How the results of one operation are written on an HTTP response that stays open: server-sent events, and Apollo's multipart. */
import type { GraphQLFormattedError } from 'graphql';

export interface StreamFormat {
  readonly headers: Record<string, string>;
  /** Written at once, so that the client knows that the stream is open. */
  readonly opening: Buffer;
  /** Around each result. */
  readonly prefix: Buffer;
  readonly suffix: Buffer;
  readonly heartbeat: Buffer;
  readonly completion: Buffer;
  failure(errors: readonly GraphQLFormattedError[]): Buffer;
}

/** The distinct connections mode of graphql-sse's PROTOCOL.md. Errors are a result, as the response has begun. */
export const EVENT_STREAM: StreamFormat = {
  headers: {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  },
  opening: Buffer.from(':\n\n'),
  prefix: Buffer.from('event: next\ndata: '),
  suffix: Buffer.from('\n\n'),
  heartbeat: Buffer.from(':\n\n'),
  completion: Buffer.from('event: complete\ndata:\n\n'),
  failure: (errors) => Buffer.from(`event: next\ndata: ${JSON.stringify({ errors })}\n\nevent: complete\ndata:\n\n`),
};

/** Tells an event stream's client when to come back; each another moment within a second, so that not all come at once. */
export function retryHint(): Buffer {
  return Buffer.from(`retry: ${Math.floor(Math.random() * 1000)}\n\n`);
}

const PART = 'content-type: application/json\r\n\r\n';
/** Ends each part at once: a client knows a part to be whole only when it has read the boundary behind it. */
const BOUNDARY = '\r\n--graphql\r\n';
const END = '\r\n--graphql--\r\n';

/** Apollo's multipart protocol for subscriptions, version 1.0. */
export const MULTIPART: StreamFormat = {
  headers: {
    'content-type': 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  },
  opening: Buffer.from(`${BOUNDARY}${PART}{}${BOUNDARY}`),
  prefix: Buffer.from(`${PART}{"payload":`),
  suffix: Buffer.from(`}${BOUNDARY}`),
  heartbeat: Buffer.from(`${PART}{}${BOUNDARY}`),
  completion: Buffer.from(`${PART}{"payload":null}${END}`),
  failure: (errors) => Buffer.from(`${PART}${JSON.stringify({ payload: null, errors })}${END}`),
};

/** What a client that sends this `Accept` header can read; undefined where it is neither. */
export function streamFormatFor(accept: string | undefined): StreamFormat | undefined {
  const types = (accept ?? '').toLowerCase();
  if (types.includes('text/event-stream')) return EVENT_STREAM;
  return types.includes('multipart/mixed') && types.includes('subscriptionspec') ? MULTIPART : undefined;
}
