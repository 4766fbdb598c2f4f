/** One POST through undici's dispatch interface, from a body to a status and a text. */
import { errors as undiciErrors, type Dispatcher } from 'undici';

export interface PostRequest {
  /** In addition to those that say that both bodies are JSON. */
  headers: Record<string, string>;
  /** JSON. */
  body: string;
  /** The same in two parts, of which the first is equal for many requests. */
  parts?: RequestParts;
  /** Deadline for the whole response, including the wait for a connection, in milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal;
  /** Whether it may wait for other posts; see CallOptions. */
  canWait?: boolean;
}

export interface RequestParts {
  /** JSON of query and operation name. */
  head: string;
  /** JSON. */
  variables: string;
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
  target: PostTarget,
  request: PostRequest,
  onHeaders: (headers: Record<string, unknown>) => void = () => undefined,
): Promise<PostResponse> {
  const headers = [...JSON_HEADERS];
  for (const name in request.headers) headers.push(name, request.headers[name]!);
  return new Promise((resolve, reject) => {
    if (request.signal?.aborted) return reject(reasonOf(request.signal));
    const chunks: Buffer[] = [];
    let [status, size] = [0, 0];
    let controller: Dispatcher.DispatchController | undefined;
    let reason: Error | undefined;
    const finish = whenGivenUp(request, (why) => {
      reason = why;
      // A request that waits for a connection is aborted when it gets one.
      if (controller) controller.abort(why);
      else fail(why);
    });
    const fail = (error: Error) => {
      finish();
      reject(error);
    };
    // undici's own timeouts restart with every byte, so a trickling response would never time out.
    const options = {
      path: target.path,
      method: 'POST' as const,
      headers,
      body: request.body,
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    target.dispatcher.dispatch(options, {
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
        if (size > target.maxBytes) answering.abort(new undiciErrors.ResponseExceededMaxSizeError());
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

/** Calls `giveUp` at the deadline of a post, or when its signal aborts. @returns how to stop waiting for either */
export function whenGivenUp({ timeoutMs, signal }: PostRequest, giveUp: (reason: Error) => void): () => void {
  const onAbort = () => giveUp(reasonOf(signal!));
  const timer = setTimeout(() => giveUp(new PostTimeout(`No answer within ${timeoutMs} ms.`)), timeoutMs);
  signal?.addEventListener('abort', onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('The request was given up.');
}
