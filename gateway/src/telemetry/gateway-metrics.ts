/** Prometheus metrics of queries and mutations. Operation names come from clients, so the number of labels is limited. */
import { Counter, Registry } from 'prom-client';
import { Durations, type DurationSeries } from '@chat/kit/telemetry/durations';
import { addGauges, processRegistry } from '@chat/kit/telemetry/registries';

/** Operation names with a label of their own. Further names share the label `other`. */
const MAX_OPERATION_LABELS = 200;

export interface FinishedOperation {
  name?: string;
  kind: string;
  seconds: number;
  /** Distinct error codes. */
  codes: readonly string[];
}

export class GatewayMetrics {
  readonly registry = new Registry();
  private readonly names = new Set<string>();
  private readonly operationTimers = new Map<string, DurationSeries>();
  private readonly fetchTimers = new Map<string, DurationSeries>();
  private readonly operations = new Durations({
    name: 'gateway_operation_seconds',
    help: 'Duration of operations, from admission to response.',
    registry: this.registry,
  });
  private readonly errors = new Counter({
    name: 'gateway_operation_errors_total',
    help: 'Operations with errors, counted once per error code.',
    labelNames: ['operation', 'code'],
    registers: [this.registry],
  });
  private readonly fetches = new Durations({
    name: 'gateway_subgraph_seconds',
    help: 'Duration of requests to subgraphs.',
    registry: this.registry,
  });
  private readonly fetchErrors = new Counter({
    name: 'gateway_subgraph_errors_total',
    help: 'Requests to subgraphs that failed (away) or returned errors (answered).',
    labelNames: ['subgraph', 'outcome'],
    registers: [this.registry],
  });
  private readonly plans = new Counter({
    name: 'gateway_query_plans_total',
    help: 'Query plans for new texts, by whether an equal operation was planned before.',
    labelNames: ['cached'],
    registers: [this.registry],
  });
  private readonly refusals = new Counter({
    name: 'gateway_operations_refused_total',
    help: 'Operations refused before execution, counted once per error code.',
    labelNames: ['code'],
    registers: [this.registry],
  });
  private readonly reuse = new Counter({
    name: 'gateway_answers_reused_total',
    help: 'Operations answered without execution: from the response cache, or with an equal operation in flight.',
    labelNames: ['from'],
    registers: [this.registry],
  });

  constructor() {
    processRegistry('gateway', this.registry);
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

  /** Exports the instances of the subgraphs that have several. */
  observeInstances(read: () => readonly { subgraph: string; all: number; ready: number }[]): void {
    const readings = () =>
      read().flatMap(({ subgraph, all, ready }) => [
        { labels: { subgraph, state: 'ready' }, value: ready },
        { labels: { subgraph, state: 'ejected' }, value: all - ready },
      ]);
    const help = 'Instances of subgraphs that have several, by whether they get requests.';
    addGauges(this.registry, [
      { name: 'gateway_subgraph_instances', help, labels: ['subgraph', 'state'], read: readings },
    ]);
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
