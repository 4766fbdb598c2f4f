/** Structured logs (pino) that carry the correlation id of the request or job they belong to. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { pino, type Logger } from 'pino';

export type { Logger } from 'pino';

/** The HTTP header that carries a correlation id between client, gateway and subgraph. */
export const CORRELATION_HEADER = 'x-correlation-id';

const scope = new AsyncLocalStorage<string>();

/** Runs `work` so that every log line written inside carries `correlationId`. */
export function withCorrelation<T>(correlationId: string, work: () => T): T {
  return scope.run(correlationId, work);
}

/** The correlation id of the running request or job, if there is one. */
export function currentCorrelationId(): string | undefined {
  return scope.getStore();
}

/** Takes over a client's correlation id when it is 1 to 128 plain characters, else makes a new one. */
export function correlationIdFrom(header: unknown): string {
  return typeof header === 'string' && /^[\w.:-]{1,128}$/.test(header) ? header : randomUUID();
}

/** A logger for one component. `level` is pino's: trace, debug, info, warn, error, fatal or silent. */
export function createLogger(name: string, level = 'info'): Logger {
  return pino({
    name,
    level,
    mixin: () => {
      const correlationId = scope.getStore();
      return correlationId ? { correlationId } : {};
    },
    redact: ['password', 'secret', 'token', 'accessToken', 'refreshToken', 'authorization', '*.authorization'],
    timestamp: pino.stdTimeFunctions.isoTime,
  });
}
