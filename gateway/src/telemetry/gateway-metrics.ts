/** What operators watch of queries and mutations, for Prometheus. Operation names come from clients, so only so many get a label. */
import { collectDefaultMetrics, Counter, Registry } from 'prom-client';
import { Durations, type DurationSeries } from './durations';

/** More operation names than these share the label `other`: each is a time series of its own. */
const MAX_OPERATION_LABELS = 200;

export interface FinishedOperation {
  name?: string;
  kind: string;
  seconds: number;
  /** The codes of its errors, each once. */
  codes: readonly string[];
}

export class GatewayMetrics {
  readonly registry = new Registry();
  private readonly names = new Set<string>();
  private readonly operationTimers = new Map<string, DurationSeries>();
  private readonly fetchTimers = new Map<string, DurationSeries>();
  private readonly operations = new Durations({
    name: 'gateway_operation_seconds',
    help: 'How long operations took, from admission to answer.',
    registry: this.registry,
  });
  private readonly errors = new Counter({
    name: 'gateway_operation_errors_total',
    help: 'Operations with errors, once for each code among them.',
    labelNames: ['operation', 'code'],
    registers: [this.registry],
  });
  private readonly fetches = new Durations({
    name: 'gateway_subgraph_seconds',
    help: 'How long requests to subgraphs took.',
    registry: this.registry,
  });
  private readonly fetchErrors = new Counter({
    name: 'gateway_subgraph_errors_total',
    help: 'Requests to subgraphs that failed (away) or whose answers had errors (answered).',
    labelNames: ['subgraph', 'outcome'],
    registers: [this.registry],
  });
  private readonly plans = new Counter({
    name: 'gateway_query_plans_total',
    help: 'Plans that new texts needed, by whether an equal operation had been planned before.',
    labelNames: ['cached'],
    registers: [this.registry],
  });
  private readonly refusals = new Counter({
    name: 'gateway_operations_refused_total',
    help: 'Operations that were not run at all, once for each code among the reasons.',
    labelNames: ['code'],
    registers: [this.registry],
  });
  private readonly reuse = new Counter({
    name: 'gateway_answers_reused_total',
    help: 'Operations that were not executed: answered from the response cache, or along with an equal one under way.',
    labelNames: ['from'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  operationFinished({ name, kind, seconds, codes }: FinishedOperation): void {
    const operation = this.labelFor(name);
    const key = `${kind} ${operation}`;
    let timer = this.operationTimers.get(key);
    if (!timer) this.operationTimers.set(key, (timer = this.operations.labels({ operation, kind })));
    timer.observe(seconds);
    for (const code of codes) this.errors.inc({ operation, code });
  }

  fetchFinished(subgraph: string, seconds: number, outcome: 'ok' | 'answered' | 'away'): void {
    let timer = this.fetchTimers.get(subgraph);
    if (!timer) this.fetchTimers.set(subgraph, (timer = this.fetches.labels({ subgraph })));
    timer.observe(seconds);
    if (outcome !== 'ok') this.fetchErrors.inc({ subgraph, outcome });
  }

  planned(isCached: boolean): void {
    this.plans.inc({ cached: String(isCached) });
  }

  refused(codes: readonly string[]): void {
    for (const code of codes) this.refusals.inc({ code });
  }

  reused(from: 'cache' | 'in-flight'): void {
    this.reuse.inc({ from });
  }

  private labelFor(name = 'anonymous'): string {
    if (!this.names.has(name)) {
      if (this.names.size >= MAX_OPERATION_LABELS) return 'other';
      this.names.add(name);
    }
    return name;
  }
}
