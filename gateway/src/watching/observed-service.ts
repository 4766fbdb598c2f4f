/** A subgraph's service with each request timed and traced; what it answers is passed on as it is. */
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ExecutionResult } from 'graphql';
import type { CallOptions, GraphQLRequest, GraphQLService } from '@chat/kit/graphql/service';
import type { GatewayMetrics } from './gateway-metrics';

const tracer = trace.getTracer('gateway');

/** `isTraced`: whether spans are recorded; without it their cost is not paid. */
export function observedService(
  name: string,
  service: GraphQLService,
  metrics: GatewayMetrics,
  isTraced: boolean,
): GraphQLService {
  const execute = async (request: GraphQLRequest, options: CallOptions): Promise<ExecutionResult> => {
    const began = performance.now();
    let outcome: 'ok' | 'answered' | 'away' = 'away';
    try {
      const result = await service.execute(request, options);
      outcome = result.errors ? 'answered' : 'ok';
      return result;
    } finally {
      metrics.fetchFinished(name, (performance.now() - began) / 1000, outcome);
    }
  };
  const traced = (request: GraphQLRequest, options: CallOptions): Promise<ExecutionResult> => {
    const attributes = { 'graphql.subgraph': name, 'graphql.operation.name': request.operationName ?? '' };
    return tracer.startActiveSpan(`fetch ${name}`, { kind: SpanKind.CLIENT, attributes }, async (span) => {
      const headers = { ...options.headers };
      propagation.inject(context.active(), headers);
      try {
        const result = await execute(request, { ...options, headers });
        if (result.errors) span.setStatus({ code: SpanStatusCode.ERROR, message: result.errors[0]?.message });
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
  return {
    execute: isTraced ? traced : execute,
    subscribe: (request, options) => service.subscribe(request, options),
    authorize: (request, options) => service.authorize(request, options),
  };
}
