/** One POST through undici's lowest interface: a body in, status and text out, and nothing kept in between. */
import type { Dispatcher } from 'undici';

export interface PostRequest {
  path: string;
  headers: Record<string, string>;
  body: string;
  /** Longest wait for the answer's head, and between parts of its body, in milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal;
}

export interface PostResponse {
  status: number;
  text: string;
}

/** @throws undici's errors, or the signal's reason. */
export function post(
  dispatcher: Dispatcher,
  { path, headers, body, timeoutMs, signal }: PostRequest,
): Promise<PostResponse> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(reasonOf(signal));
    const chunks: Buffer[] = [];
    let status = 0;
    let controller: Dispatcher.DispatchController | undefined;
    const onAbort = () => controller?.abort(reasonOf(signal!));
    signal?.addEventListener('abort', onAbort, { once: true });
    const options: Dispatcher.DispatchOptions = {
      path,
      method: 'POST',
      headers,
      body,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    };
    dispatcher.dispatch(options, {
      onRequestStart(started) {
        controller = started;
        if (signal?.aborted) onAbort();
      },
      onResponseStart(_controller, statusCode) {
        status = statusCode;
      },
      onResponseData(_controller, chunk) {
        chunks.push(chunk);
      },
      onResponseEnd() {
        signal?.removeEventListener('abort', onAbort);
        resolve({ status, text: (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString() });
      },
      onResponseError(_controller, error) {
        signal?.removeEventListener('abort', onAbort);
        reject(error);
      },
    });
  });
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error('The request was given up.');
}
