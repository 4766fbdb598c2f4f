/** Wraps a subgraph's service with metrics and tracing. Responses pass through unchanged. */
import { context, propagation, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import type { ExecutionResult } from 'graphql';
import type { CallOptions, GraphQLRequest, GraphQLService, Subscribed } from '@chat/kit/graphql/service';
import type { GatewayMetrics } from './gateway-metrics';
import { tracer } from '@chat/kit/telemetry/tracing';

/** Spans are recorded only if `isTraced`. */
export function observedService(
  name: string,
  service: GraphQLService,
  metrics: GatewayMetrics,
  isTraced: boolean,
): GraphQLService {
  const execute: Call<ExecutionResult> = (request, options) => {
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    return service.execute(request, options).then(
      (result) => {
        metrics.fetchFinished(name, seconds(), result.errors ? 'answered' : 'ok');
        return result;
      },
      (error: unknown) => {
        metrics.fetchFinished(name, seconds(), 'away');
        throw error;
      },
    );
  };
  const authorize: Call<ExecutionResult> = (request, options) => service.authorize(request, options);
  const subscribe: Call<Subscribed> = (request, options) => service.subscribe(request, options);
  if (!isTraced) return { execute, authorize, subscribe };
  return {
    execute: traced(name, 'fetch', execute),
    authorize: traced(name, 'authorize', authorize),
    subscribe: traced(name, 'subscribe', subscribe),
  };
}

type Call<Result> = (request: GraphQLRequest, options: CallOptions) => Promise<Result>;

/** Runs a call in a span and propagates it to the subgraph. The span ends with the response, or when the stream begins. */
function traced<Result extends ExecutionResult | Subscribed>(
  subgraph: string,
  verb: string,
  call: Call<Result>,
): Call<Result> {
  return (request, options) => {
    const attributes = { 'graphql.subgraph': subgraph, 'graphql.operation.name': request.operationName ?? '' };
    return tracer().startActiveSpan(`${verb} ${subgraph}`, { kind: SpanKind.CLIENT, attributes }, async (span) => {
      const headers = { ...options.headers };
      propagation.inject(context.active(), headers);
      try {
        const result = await call(request, { ...options, headers });
        const [error] = ('errors' in result && result.errors) || [];
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
