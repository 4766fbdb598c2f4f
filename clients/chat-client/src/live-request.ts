/**
 * One query or mutation over the WebSocket. It is sent once: if the socket closes before the answer, the server may or may not have
 * executed it. Knows no session.
 */
import type { FormattedExecutionResult } from 'graphql';
import { startTimer } from './backoff.ts';
import { ChatError, type ResponseError } from './chat-error.ts';
import type { Unlisten } from './emitter.ts';
import type { LiveSocket } from './live-socket.ts';
import { refusal } from './live-subscription.ts';

type Result = FormattedExecutionResult<Record<string, unknown>>;

export interface LiveRequestOptions {
  query: string;
  variables: Record<string, unknown>;
  signal?: AbortSignal;
  /** Deadline in milliseconds, with the time to open the socket. */
  timeoutMs: number;
}

/** @throws ChatError NETWORK_ERROR without an answer, the server's code if it refused the operation, or the reason of `signal` */
export function requestOnce(
  socket: LiveSocket,
  { query, variables, signal, timeoutMs }: LiveRequestOptions,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    let result: Result | undefined;
    const endings: Unlisten[] = [];
    const settle = (finish: () => void) => {
      for (const end of endings.splice(0)) end();
      finish();
    };
    const fail = (error: Error) => settle(() => reject(error));
    const lose = () => fail(ChatError.of('NETWORK_ERROR', 'The connection ended before the answer.'));
    const abort = () => fail(signal?.reason as Error);
    if (signal?.aborted) return abort();
    signal?.addEventListener('abort', abort);
    endings.push(
      () => signal?.removeEventListener('abort', abort),
      startTimer(timeoutMs, () => fail(ChatError.of('NETWORK_ERROR', `No answer in ${timeoutMs} ms.`))),
      socket.onState((state) => {
        if (state === 'waiting' || state === 'idle') lose();
      }),
      socket.subscribe(
        { query, variables },
        {
          next: (next) => (result = next),
          error: (cause) =>
            fail(Array.isArray(cause) ? ChatError.ofResponse(cause as ResponseError[]) : refusal(cause)),
          complete: () => (result ? settle(() => resolve(result!)) : lose()),
        },
      ),
    );
  });
}
