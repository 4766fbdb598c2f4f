/** Structured logs (pino) that carry the correlation id of the request or job they belong to. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import { pino, stdSerializers, type Logger, type LoggerOptions } from 'pino';
import { ApiError } from './errors';
import { LogOutput } from './log-output';

export type { Logger } from 'pino';

/** The HTTP header that carries a correlation id between client, gateway and subgraph. */
export const CORRELATION_HEADER = 'x-correlation-id';

const scope = new AsyncLocalStorage<string>();
let standardOutput: LogOutput | undefined;

/** Runs `work` so that every log line written inside carries `correlationId`. */
export function withCorrelation<T>(correlationId: string, work: () => T): T {
  return scope.run(correlationId, work);
}

/** The correlation id of the running request or job, if there is one. */
export function currentCorrelationId(): string | undefined {
  return scope.getStore();
}

/** Headers that pass the running request's correlation id on to another process; none outside of a request. */
export function correlationHeaders(): Record<string, string> {
  const correlationId = scope.getStore();
  return correlationId ? { [CORRELATION_HEADER]: correlationId } : {};
}

/** Takes over a client's correlation id when it is 1 to 128 plain characters, else makes a new one. */
export function correlationIdFrom(header: unknown): string {
  return typeof header === 'string' && /^[\w.:-]{1,128}$/.test(header) ? header : randomUUID();
}

/**
 * A logger for one component. `level` is pino's: trace, debug, info, warn, error, fatal or silent.
 * @param destination standard output if absent
 */
export function createLogger(name: string, level = 'info', destination?: { write(line: string): void }): Logger {
  const options: LoggerOptions = {
    name,
    level,
    mixin: () => {
      const correlationId = scope.getStore();
      return correlationId ? { correlationId } : {};
    },
    serializers: { err: serializeError },
    redact: ['password', 'secret', 'token', 'accessToken', 'refreshToken', 'authorization', '*.authorization'],
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  return pino(options, destination ?? (standardOutput ??= new LogOutput()));
}

/** An outage is no fault of the code, and may repeat every second until it is over: its line has no stack. */
function serializeError(error: Error): object {
  if (!(error instanceof ApiError) || error.code !== 'SERVICE_UNAVAILABLE') return stdSerializers.err(error);
  return { type: error.name, message: error.message };
}
