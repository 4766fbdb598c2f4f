/** Prometheus registries: the metrics that every process has, gauges that are read when scraped, and one page for several registries. */
import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';
import { version } from '../../package.json';
import { addEventLoopLag, NEVER_MS } from './event-loop-lag';

/** Gauges of prom-client whose names end like a counter's. `nodejs_active_resources` and the like have the same numbers by type. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** Metrics of the process itself, and `build_info`. `component` is the kind of process: gateway, or a subgraph's name. */
export function processRegistry(component: string, registry = new Registry()): Registry {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER_MS });
  addEventLoopLag(registry);
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  new Gauge({
    name: 'build_info',
    help: 'The version that runs; always 1.',
    labelNames: ['component', 'version', 'node'],
    registers: [registry],
  }).set({ component, version, node: process.version }, 1);
  return registry;
}

/** One value of a metric. */
export interface Reading {
  labels?: Record<string, string>;
  value: number;
}

/** A metric that is read when scraped: a gauge, or a counter if its name ends in `_total`. */
export interface GaugeDefinition {
  /** Snake case, with its unit. */
  name: string;
  help: string;
  labels?: readonly string[];
  /** Called for every scrape. If it throws or takes longer than a second, the metric has no value in that scrape. */
  read: () => readonly Reading[] | Promise<readonly Reading[]>;
}

/** Time for reading one gauge, in milliseconds; scrapers wait for ten seconds by default. */
const READ_MS = 1_000;

/** Adds metrics that are read when scraped. */
export function addGauges(registry: Registry, definitions: readonly GaugeDefinition[]): void {
  for (const { name, help, labels = [], read } of definitions) {
    const Kind = name.endsWith('_total') ? Counter : Gauge;
    new Kind({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      async collect() {
        const readings = await inTime(read);
        this.reset(); // sets 0 if there are no labels
        if (labels.length === 0) this.remove();
        for (const reading of readings) this.inc(reading.labels ?? {}, reading.value);
      },
    });
  }
}

async function inTime(read: GaugeDefinition['read']): Promise<readonly Reading[]> {
  const { promise: late, resolve: expire } = Promise.withResolvers<readonly Reading[]>();
  const timer = setTimeout(() => expire([]), READ_MS);
  const reading = Promise.resolve()
    .then(read)
    .catch((): readonly Reading[] => []);
  return Promise.race([reading, late]).finally(() => clearTimeout(timer));
}

/** The text of several registries together. Series with equal names and labels are added up. */
export async function metricsText(registries: readonly Registry[]): Promise<string> {
  if (registries.length === 1) return registries[0]!.metrics();
  const all = await Promise.all(registries.map((registry) => registry.getMetricsAsJSON()));
  return AggregatorRegistry.aggregate(all).metrics();
}

export const METRICS_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;
