/** Spans of statements to PostgreSQL and commands to Redis, within the span of an operation or a job. Records no values. */
import { SpanKind, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import { tracer } from './tracing';

/** Kept of a statement's text, in characters. */
const MAX_TEXT = 2_000;

/** Undefined if there is no trace to belong to, as for polls in the background. */
export function startStatementSpan(system: 'postgresql' | 'redis', operation: string, text?: string): Span | undefined {
  if (!isTraced()) return undefined;
  const attributes = {
    'db.system.name': system,
    'db.operation.name': operation,
    ...(text !== undefined && { 'db.query.text': text }),
  };
  return tracer().startSpan(`${system} ${operation}`, { kind: SpanKind.CLIENT, attributes });
}

const isTraced = (): boolean => trace.getActiveSpan()?.isRecording() ?? false;

/** Ends `span` when `result` settles. */
export function endWith(span: Span, result: Promise<unknown>): void {
  result.then(
    () => span.end(),
    (error: unknown) => endFailed(span, error),
  );
}

function endFailed(span: Span, error: unknown): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
  span.end();
}

/** Starts the span of a call of pg's `client.query`. @returns the arguments to call it with, and a function for its result */
export function traceQuery(args: unknown[]): { args: unknown[]; settle: (result: unknown) => void } {
  const untraced = { args, settle: () => undefined };
  if (!isTraced()) return untraced; // before the text is read, as this runs for every statement
  const [first] = args;
  const text = typeof first === 'string' ? first : (first as { text?: unknown } | undefined)?.text;
  const callback = args.at(-1);
  // A cursor is submitted in steps, and none of them is its end.
  if (typeof text !== 'string' || typeof (first as { submit?: unknown }).submit === 'function') return untraced;
  const span = startStatementSpan('postgresql', operationOf(text), withoutValues(text));
  if (!span) return untraced;
  if (typeof callback !== 'function') return { args, settle: (result) => endWith(span, result as Promise<unknown>) };
  const traced = (error: unknown, ...rest: unknown[]) => {
    if (error) endFailed(span, error);
    else span.end();
    (callback as (...all: unknown[]) => void)(error, ...rest);
  };
  return { args: [...args.slice(0, -1), traced], settle: () => undefined };
}

/** The first word, in upper case. */
const operationOf = (text: string): string => (/[a-z]+/i.exec(text)?.[0] ?? 'statement').toUpperCase();

/** Values are parameters; a literal in the text may be somebody's, too. */
function withoutValues(text: string): string | undefined {
  const kept = text.slice(0, MAX_TEXT);
  // A quotation mark can be escaped in such literals, so their ends are not known.
  return /\be'/i.test(kept) ? undefined : kept.replace(/'[^']*(?:'|$)/g, "'?'");
}
