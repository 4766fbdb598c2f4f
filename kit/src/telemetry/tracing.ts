/** OpenTelemetry tracing, enabled by a collector's address. Spans continue the client's trace and propagate to subgraphs. */
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { SpanExporter } from '@opentelemetry/sdk-trace-node';

/** Headers of the client's trace (W3C Trace Context). */
export interface TraceContext {
  traceparent?: string;
  tracestate?: string;
}

/** Looked up for each span, since a tracer stays bound to the provider of its first use. */
export const tracer = () => trace.getTracer('chat');

/** Exports the spans of `service` to `endpoint` (OTLP over HTTP) or to `exporter`. One per process. Disposing it flushes. */
export async function startTracing(
  service: string,
  endpoint: string,
  exporter?: SpanExporter,
): Promise<AsyncDisposable> {
  // They take 3 MB, and most installations have no collector.
  const [{ OTLPTraceExporter }, { resourceFromAttributes }, { BatchSpanProcessor, NodeTracerProvider }] =
    await Promise.all([
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace-node'),
    ]);
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [
      new BatchSpanProcessor(exporter ?? new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` })),
    ],
  });
  provider.register();
  return {
    async [Symbol.asyncDispose]() {
      await provider.shutdown();
      trace.disable();
      context.disable();
      propagation.disable();
    },
  };
}

export interface TracedOperation {
  kind: string;
  name?: string;
  /** The client's trace context, from its headers. */
  trace?: TraceContext;
}

/** Runs an operation, or the start of a subscription, inside a span that continues the client's trace. */
export function traceOperation<Result extends { errors?: readonly { message: string }[] }>(
  { kind, name, trace: headers = {} }: TracedOperation,
  run: () => Promise<Result>,
): Promise<Result> {
  const parent = propagation.extract(context.active(), headers);
  const attributes = { 'graphql.operation.type': kind, 'graphql.operation.name': name ?? '' };
  const options = { kind: SpanKind.SERVER, attributes };
  return tracer().startActiveSpan(name ? `${kind} ${name}` : kind, options, parent, async (span) => {
    try {
      const result = await run();
      if (result.errors) span.setStatus({ code: SpanStatusCode.ERROR, message: result.errors[0]?.message });
      return result;
    } finally {
      span.end();
    }
  });
}
