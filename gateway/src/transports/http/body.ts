/** Reads a request body as JSON, up to a maximum length. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { JsonTooComplex, parseBoundedJson } from '@chat/kit/bounded-json';
import { ApiError } from '@chat/kit/errors';
import { readBody } from '@chat/kit/read-body';
import { parseExactly } from '../../supergraph/exact-json';

/** Resolves to undefined for other media types. @throws LIMIT_EXCEEDED if the body is too long or too complex, BAD_REQUEST if it is not JSON in UTF-8. */
export async function readJson(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const type = request.headers['content-type'];
  if (!type || !/^application\/json\s*(;|$)/i.test(type)) return undefined;
  const charset = /charset="?([\w-]+)/i.exec(type)?.[1]?.toLowerCase() ?? 'utf-8';
  if (charset !== 'utf-8' && charset !== 'utf8') throw unsupported('The body must be UTF-8.');
  const coding = request.headers['content-encoding'] ?? 'identity';
  if (coding.trim().toLowerCase() !== 'identity') throw unsupported('The body must not be compressed.');
  const body = await readBytes(request, maxBytes);
  if (!isUtf8(body)) throw new ApiError('BAD_REQUEST', 'The body must be UTF-8.'); // decoding would replace invalid bytes, and other text would be stored
  try {
    return parseBoundedJson(body.toString(), 'refuse', parseExactly);
  } catch (error) {
    if (error instanceof JsonTooComplex) throw new ApiError('LIMIT_EXCEEDED', error.message, { what: 'structure' });
    throw new ApiError('BAD_REQUEST', 'The body is not JSON.');
  }
}

/** The deadline of a complete body, in milliseconds. The server itself has none, because of uploads. */
const BODY_MS = 300_000;

async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const deadline = setTimeout(() => request.destroy(new Error('the body took too long')), BODY_MS).unref();
  request.once('close', () => clearTimeout(deadline));
  const body = await readBody(request, maxBytes).catch(() => {
    throw new ApiError('BAD_REQUEST', 'The client aborted the request.');
  });
  if (!body) throw tooLong(maxBytes);
  return body;
}

/** Status 415. */
function unsupported(message: string): ApiError {
  return new ApiError('BAD_REQUEST', message, { what: 'encoding' });
}

function tooLong(maxBytes: number): ApiError {
  return new ApiError('LIMIT_EXCEEDED', `The body is longer than ${maxBytes} bytes.`, {
    what: 'bytes',
    limit: maxBytes,
  });
}
