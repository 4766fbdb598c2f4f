/** A deadline for calls to a vector store or an encoder: a client may wait for minutes. Does not cancel the call. */
import { setTimeout as delay } from 'node:timers/promises';

/** The longest wait for an answer, in milliseconds. */
export const STORE_DEADLINE_MS = 15_000;

/** @throws if the call takes longer, or the call's own error */
export async function withDeadline<T>(
  call: () => Promise<T>,
  deadlineMs = STORE_DEADLINE_MS,
  asked = 'vector store',
): Promise<T> {
  const timer = new AbortController();
  const late = delay(deadlineMs, undefined, { signal: timer.signal, ref: false }).then(() => {
    throw new Error(`The ${asked} did not answer within ${deadlineMs} ms.`);
  });
  try {
    return await Promise.race([call(), late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}
