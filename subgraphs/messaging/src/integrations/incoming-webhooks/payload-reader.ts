/** Reads the body of a request to an incoming webhook: JSON, or a form with JSON in `payload`. Refuses an overlong body while reading. */
import { parseBoundedJson } from '@chat/kit/bounded-json';
import { readBody } from '@chat/kit/read-body';
import type { IncomingMessage } from 'node:http';

/** More than the longest message, with room for parts that are dropped. */
const MAX_BODY_BYTES = 262_144;

type Payload = { value: unknown; problem?: undefined } | { value?: undefined; problem: 'too large' | 'malformed' };

export async function readPayload(request: IncomingMessage): Promise<Payload> {
  const bytes = await readBody(request, MAX_BODY_BYTES);
  if (!bytes) return { problem: 'too large' };
  const body = bytes.toString();
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  try {
    return { value: parseBoundedJson(isForm ? (new URLSearchParams(body).get('payload') ?? '') : body) };
  } catch {
    return { problem: 'malformed' };
  }
}
