/** How an upstream's end is told apart: refused by the subgraph's rules, or lost on the way. */
import type { GraphQLFormattedError } from 'graphql';

/** Thrown by a stream whose subgraph refused it after the request had been sent. Anything else that is thrown means that the connection was lost. */
export class UpstreamRefused extends Error {
  constructor(readonly errors: readonly GraphQLFormattedError[]) {
    super(errors[0]?.message ?? 'The subgraph refused the subscription.');
    this.name = 'UpstreamRefused';
  }
}

/** What a refusal calls for. */
export type Refusal = 'access' | 'unavailable' | 'final';

/** Codes that, after a subscription had been accepted once, speak of a subgraph that is changing and not of the request. */
const CHANGING = new Set<unknown>([undefined, 'INTERNAL_SERVER_ERROR', 'GRAPHQL_VALIDATION_FAILED']);

/**
 * `access`: this viewer may not, another may. `unavailable`: the same request may be accepted later. `final`: nobody will
 * be accepted with this request. A subgraph can be deployed before the supergraph that fits it is loaded, so what was
 * accepted once and no longer fits waits for that.
 */
export function classifyRefusal(errors: readonly GraphQLFormattedError[], wasAccepted: boolean): Refusal {
  const codes = errors.map((error) => error.extensions?.code);
  if (codes.some((code) => code === 'UNAUTHENTICATED' || code === 'FORBIDDEN' || code === 'NOT_FOUND')) return 'access';
  if (codes.some((code) => code === 'SERVICE_UNAVAILABLE' || code === 'TIMEOUT')) return 'unavailable';
  return wasAccepted && codes.some((code) => CHANGING.has(code)) ? 'unavailable' : 'final';
}

/** Waits 50 ms and then twice as long each time, up to 2 s; half of it by chance, so that thousands do not come back at once. */
export function backOff(attempt: number, signal?: AbortSignal): Promise<void> {
  const ms = Math.min(50 * 2 ** attempt, 2000) * (0.5 + Math.random() / 2);
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
    if (signal?.aborted) done();
  });
}
