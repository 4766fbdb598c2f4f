/** Classifies the errors with which a subgraph refuses or ends a stream, and backs off between retries. */
import type { GraphQLFormattedError } from 'graphql';

/**
 * - `access`: this viewer may not follow the stream; another may.
 * - `unavailable`: the same request may be accepted later.
 * - `unfit`: the request does not fit the schema of the subgraph, or the subgraph failed unexpectedly.
 * - `final`: the request will be refused for every viewer and at any time.
 */
export type Refusal = 'access' | 'unavailable' | 'unfit' | 'final';

const REFUSALS: Readonly<Record<string, Refusal>> = {
  UNAUTHENTICATED: 'access',
  FORBIDDEN: 'access',
  NOT_FOUND: 'access',
  SERVICE_UNAVAILABLE: 'unavailable',
  TIMEOUT: 'unavailable',
  INTERNAL_SERVER_ERROR: 'unfit',
  GRAPHQL_VALIDATION_FAILED: 'unfit',
};

/** If there are several errors, the first of these kinds decides. */
const PRECEDENCE: readonly Refusal[] = ['access', 'unavailable', 'unfit'];

/** Errors without a code, as most servers send for a document that fails validation, are `unfit`. */
export function classifyRefusal(errors: readonly GraphQLFormattedError[]): Refusal {
  const refusals = new Set(
    errors.map(({ extensions: { code = 'GRAPHQL_VALIDATION_FAILED' } = {} }) =>
      typeof code === 'string' && Object.hasOwn(REFUSALS, code) ? REFUSALS[code] : 'final',
    ),
  );
  return PRECEDENCE.find((refusal) => refusals.has(refusal)) ?? 'final';
}

/** A stream that the subgraph has not confirmed when `subscribe` resolves: a refusal can still follow. */
export interface Unconfirmed {
  readonly isUnconfirmed: true;
}

export function isUnconfirmed(stream: object): boolean {
  return (stream as Partial<Unconfirmed>).isUnconfirmed ?? false;
}

/** Exponential backoff from 50 ms to 2 s, half of it jitter, so that thousands of streams do not retry at once. */
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
