/** One POST through undici's dispatch interface, from a body to a status and a text. */
import { errors as undiciErrors, type Dispatcher } from 'undici';

export interface PostRequest {
  /** In addition to those that say that both bodies are JSON. */
  headers: Record<string, string>;
  /** JSON. */
  body: string;
  /** Deadline for the whole response, including the wait for a connection, in milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal;
}

export interface PostResponse {
  status: number;
  text: string;
}

/** Where posts go, and the largest response to one of them, in bytes. */
export interface PostTarget {
  dispatcher: Dispatcher;
  path: string;
  maxBytes: number;
}

/** The response was incomplete at the deadline. */
export class PostTimeout extends Error {
  override name = 'PostTimeout';
}

/** As a list, since undici reads one faster than an object. */
const JSON_HEADERS = ['content-type', 'application/json', 'accept', 'application/json'];

/** @param onHeaders receives the headers of the response. @throws PostTimeout, undici's errors, or the signal's reason. */
export function post(
  { dispatcher, path, maxBytes }: PostTarget,
  { headers: given, body, timeoutMs, signal }: PostRequest,
  onHeaders: (headers: Record<string, unknown>) => void = () => undefined,
): Promise<PostResponse> {
  const headers = [...JSON_HEADERS];
  for (const name in given) headers.push(name, given[name]!);
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(reasonOf(signal));
    const chunks: Buffer[] = [];
    let [status, size] = [0, 0];
    let controller: Dispatcher.DispatchController | undefined;
    let reason: Error | undefined;
    const giveUp = (why: Error) => {
      reason = why;
      // A request that waits for a connection is aborted when it gets one.
      if (controller) controller.abort(why);
      else fail(why);
    };
    const onAbort = () => giveUp(reasonOf(signal!));
    const timer = setTimeout(() => giveUp(new PostTimeout(`No answer within ${timeoutMs} ms.`)), timeoutMs);
    const finish = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const fail = (error: Error) => {
      finish();
      reject(error);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    // undici's own timeouts restart with every byte, so a trickling response would never time out.
    const options = { path, method: 'POST', headers, body, headersTimeout: 0, bodyTimeout: 0 } as const;
    dispatcher.dispatch(options, {
      onRequestStart(started) {
        controller = started;
        if (reason) started.abort(reason);
      },
      onResponseStart(_controller, statusCode, responseHeaders) {
        status = statusCode;
        onHeaders(responseHeaders);
      },
      onResponseData(answering, chunk) {
        size += chunk.length;
        if (size > maxBytes) answering.abort(new undiciErrors.ResponseExceededMaxSizeError());
        else chunks.push(chunk);
      },
      onResponseEnd() {
        finish();
        resolve({ status, text: (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString() });
      },
      onResponseError(_controller, error) {
        fail(error);
      },
    });
  });
}

export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('The request was given up.');
}
