/**
 * Duration histograms for Prometheus with cheap observations: a caller looks its series up once, and the series counts in plain
 * numbers. prom-client exports them. See docs/decisions/own-histogram.md.
 */
import type { Histogram, MetricValueWithName, Registry } from 'prom-client';

/** Upper bounds of the buckets, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The time series of one set of labels. */
export class DurationSeries {
  /** Observations per bucket; the last one is +Inf. */
  private readonly counts = BOUNDS.map(() => 0).concat(0);
  private sum = 0;

  constructor(private readonly labels: Record<string, string>) {}

  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < BOUNDS.length && seconds > BOUNDS[bucket]!) bucket++;
    this.counts[bucket]!++;
    this.sum += seconds;
  }

  /** Samples for the text format, with cumulative buckets. */
  samples(name: string): MetricValueWithName<string>[] {
    let total = 0;
    const buckets = this.counts.map((count, index) => {
      const labels = { le: BOUNDS[index] ?? '+Inf', ...this.labels };
      return { metricName: `${name}_bucket`, labels, value: (total += count) };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: this.labels, value: this.sum },
      { metricName: `${name}_count`, labels: this.labels, value: total },
    ];
  }
}

export class Durations {
  readonly name: string;
  private readonly series: DurationSeries[] = [];

  constructor(private readonly options: { name: string; help: string; registry: Registry }) {
    this.name = options.name;
    // A registry uses only a metric's name and `get`, although its type requires more.
    options.registry.registerMetric(this as unknown as Histogram);
  }

  /** Creates a series. Call it once per set of labels and keep the result. */
  labels(labels: Record<string, string>): DurationSeries {
    const series = new DurationSeries(labels);
    this.series.push(series);
    return series;
  }

  /** Called by the registry. */
  async get() {
    const { name, help } = this.options;
    const values = this.series.flatMap((series) => series.samples(name));
    return { name, help, type: 'histogram', aggregator: 'sum', values };
  }
}
