/**
 * A subgraph's service as its own process serves it, with metrics, a log line and a span for each operation. Responses pass through
 * unchanged. A gateway in the same process observes its own calls, so that nothing is counted twice.
 */
import { context, propagation, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ExecutionResult } from 'graphql';
import { Counter, Gauge, type Registry } from 'prom-client';
import {
  HEALTH_HEADER,
  type CallOptions,
  type GraphQLRequest,
  type GraphQLService,
  type Subscribed,
} from '../graphql/service';
import type { Logger } from '../logging';
import { Durations } from './durations';
import { tracer } from './tracing';

export interface ObservedServiceOptions {
  subgraph: string;
  registry: Registry;
  isTraced: boolean;
  /** Operations that are not logged. */
  isPaced: (request: GraphQLRequest) => boolean;
  log: Logger;
}

type Kind = 'execute' | 'authorize' | 'subscribe';
type Call<Result> = (request: GraphQLRequest, options: CallOptions) => Promise<Result>;

export function observedService(service: GraphQLService, options: ObservedServiceOptions): GraphQLService {
  const { subgraph, registry, isTraced, isPaced, log } = options;
  const durations = new Durations({
    name: 'subgraph_operation_seconds',
    help: 'Duration of operations of gateways, by kind; of subscriptions until they begin.',
    registry,
  });
  const labelNames = ['subgraph', 'code'];
  const failures = new Counter({
    name: 'subgraph_operation_errors_total',
    help: 'Operations with errors, counted once per error code.',
    labelNames,
    registers: [registry],
  });
  const open = new Gauge({
    name: 'subgraph_subscriptions',
    help: 'Subscriptions of gateways that are open.',
    labelNames: ['subgraph'],
    registers: [registry],
  });
  open.set({ subgraph }, 0);

  const observed = <Result extends ExecutionResult | Subscribed>(kind: Kind, call: Call<Result>): Call<Result> => {
    const series = durations.labels({ subgraph, kind });
    const run = isTraced ? traced(kind, subgraph, call) : call;
    return async (request, given) => {
      if (HEALTH_HEADER in given.headers) return call(request, given);
      const began = performance.now();
      const result = await run(request, given);
      const ms = performance.now() - began;
      series.observe(ms / 1000);
      const codes = codesOf(result);
      for (const code of codes) failures.inc({ subgraph, code });
      if (log.isLevelEnabled('info') && !isPaced(request)) {
        const line = { operation: request.operationName, kind, ms: Math.round(ms * 10) / 10 };
        log.info(codes.length > 0 ? { ...line, codes } : line, 'operation');
      }
      return result;
    };
  };
  const subscribe = observed('subscribe', (request, call) => service.subscribe(request, call));
  return {
    execute: observed('execute', (request, call) => service.execute(request, call)),
    authorize: observed('authorize', (request, call) => service.authorize(request, call)),
    async subscribe(request, call) {
      const stream = await subscribe(request, call);
      if ('errors' in stream) return stream;
      open.inc({ subgraph });
      return onceEnded(stream, () => open.dec({ subgraph }));
    },
  };
}

/** Runs a call in a span that continues the gateway's. */
function traced<Result extends ExecutionResult | Subscribed>(
  kind: Kind,
  subgraph: string,
  call: Call<Result>,
): Call<Result> {
  return (request, options) => {
    const parent = propagation.extract(context.active(), options.headers);
    const attributes = { 'graphql.subgraph': subgraph, 'graphql.operation.name': request.operationName ?? '' };
    const name = `${subgraph} ${kind}`;
    return tracer().startActiveSpan(name, { kind: SpanKind.SERVER, attributes }, parent, async (span) => {
      try {
        const result = await call(request, options);
        const [error] = errorsOf(result);
        if (error) span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
        return result;
      } catch (error) {
        span.recordException(error as Error);
        span.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span.end();
      }
    });
  };
}

const errorsOf = (result: ExecutionResult | Subscribed) => ('errors' in result && result.errors) || [];

const codesOf = (result: ExecutionResult | Subscribed): string[] => [
  ...new Set(errorsOf(result).map(({ extensions }) => String(extensions?.['code']))),
];

/** The same stream; calls `ended` once. */
function onceEnded(stream: AsyncIterableIterator<ExecutionResult>, ended: () => void): typeof stream {
  let isOver = false;
  const end = () => {
    if (!isOver) ended();
    isOver = true;
  };
  return {
    async next() {
      try {
        const item = await stream.next();
        if (item.done) end();
        return item;
      } catch (error) {
        end();
        throw error;
      }
    },
    async return(value?: unknown) {
      end();
      return stream.return ? stream.return(value) : { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
