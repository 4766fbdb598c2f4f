/** Reads the body of a request to an incoming webhook: JSON, or a form with JSON in `payload`. Refuses an overlong body while reading. */
import { parseBoundedJson } from '@chat/kit/bounded-json';
import type { IncomingMessage } from 'node:http';

/** More than the longest message, with room for parts that are dropped. */
const MAX_BODY_BYTES = 262_144;

type Payload = { value: unknown; problem?: undefined } | { value?: undefined; problem: 'too large' | 'malformed' };

export async function readPayload(request: IncomingMessage): Promise<Payload> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return { problem: 'too large' };
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop must not destroy the socket, which the response needs.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return { problem: 'too large' };
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks).toString();
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  try {
    return { value: parseBoundedJson(isForm ? (new URLSearchParams(body).get('payload') ?? '') : body) };
  } catch {
    return { problem: 'malformed' };
  }
}
