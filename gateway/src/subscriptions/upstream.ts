/** Classifies the errors by which a subgraph refuses or ends a stream, and spaces the attempts to start it again. */
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

/** In the order in which one error among several decides. */
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

/** A stream whose subgraph has not confirmed the subscription when `subscribe` resolves: a refusal is still possible. */
export interface Unconfirmed {
  readonly isUnconfirmed: true;
}

export function isUnconfirmed(stream: object): boolean {
  return (stream as Partial<Unconfirmed>).isUnconfirmed ?? false;
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
