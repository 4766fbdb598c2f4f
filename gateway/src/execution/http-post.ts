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

/** A post whose caller waits for the response until the deadline or until its signal aborts. */
export class PendingPost {
  /** @throws PostTimeout, undici's errors, or the signal's reason. */
  readonly response: Promise<PostResponse>;
  isOver = false;
  /** Called when the caller no longer waits. */
  onGivenUp: (reason: Error) => void = () => undefined;
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly resolve: (response: PostResponse) => void;
  private readonly reject: (error: Error) => void;

  constructor(readonly request: PostRequest) {
    const { promise, resolve, reject } = Promise.withResolvers<PostResponse>();
    this.response = promise;
    this.resolve = resolve;
    this.reject = reject;
    const { timeoutMs, signal } = request;
    if (signal?.aborted) {
      this.fail(reasonOf(signal));
      return;
    }
    this.timer = setTimeout(() => this.giveUp(new PostTimeout(`No answer within ${timeoutMs} ms.`)), timeoutMs);
    signal?.addEventListener('abort', this.onAbort, { once: true });
  }

  answer(response: PostResponse): void {
    this.finish();
    this.resolve(response);
  }

  fail(error: Error): void {
    this.finish();
    this.reject(error);
  }

  private readonly onAbort = () => this.giveUp(reasonOf(this.request.signal!));

  private giveUp(reason: Error): void {
    this.fail(reason);
    this.onGivenUp(reason);
  }

  private finish(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    this.request.signal?.removeEventListener('abort', this.onAbort);
  }
}

/** @param onHeaders receives the headers of the response */
export function sendPost(
  pending: PendingPost,
  target: PostTarget,
  onHeaders: (headers: Record<string, unknown>) => void = () => undefined,
): void {
  const headers = [...JSON_HEADERS];
  for (const name in pending.request.headers) headers.push(name, pending.request.headers[name]!);
  const chunks: Buffer[] = [];
  let [status, size] = [0, 0];
  dispatchPost(target, headers, pending.request.body, {
    onRequestStart(controller) {
      pending.onGivenUp = (reason) => controller.abort(reason);
      // A post that waits for a connection is aborted when it gets one.
      if (pending.isOver) controller.abort(new Error('The caller no longer waits.'));
    },
    onResponseStart(_controller, statusCode, responseHeaders) {
      status = statusCode;
      onHeaders(responseHeaders);
    },
    onResponseData(controller, chunk) {
      size += chunk.length;
      if (size > target.maxBytes) controller.abort(new undiciErrors.ResponseExceededMaxSizeError());
      else chunks.push(chunk);
    },
    onResponseEnd() {
      pending.answer({ status, text: (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString() });
    },
    onResponseError(_controller, error) {
      pending.fail(error);
    },
  });
}

export function dispatchPost(
  { dispatcher, path }: PostTarget,
  headers: string[],
  body: string,
  handler: Dispatcher.DispatchHandler,
): void {
  // undici's own timeouts restart with every byte, so a trickling response would never time out.
  dispatcher.dispatch({ path, method: 'POST', headers, body, headersTimeout: 0, bodyTimeout: 0 }, handler);
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('The request was given up.');
}
