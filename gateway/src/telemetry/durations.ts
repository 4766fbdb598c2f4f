/**
 * Histograms of durations for Prometheus. Where prom-client looks a time series up by its labels at every observation, these
 * are found once and count in plain numbers; prom-client writes them out.
 */
import type { Histogram, MetricValueWithName, Registry } from 'prom-client';

/** Upper bounds of the buckets, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The durations of one set of labels. */
export class DurationSeries {
  /** How many fell into each bucket; the last is for those beyond all bounds. */
  private readonly counts = BOUNDS.map(() => 0).concat(0);
  private sum = 0;

  constructor(private readonly labels: Record<string, string>) {}

  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < BOUNDS.length && seconds > BOUNDS[bucket]!) bucket++;
    this.counts[bucket]!++;
    this.sum += seconds;
  }

  /** As the text format has a histogram: each bucket counts the lower ones, too. */
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
    // A registry asks its metrics for nothing but their name and `get`, whatever its type says.
    options.registry.registerMetric(this as unknown as Histogram);
  }

  /** A new series. The caller keeps it: one for each set of labels. */
  labels(labels: Record<string, string>): DurationSeries {
    const series = new DurationSeries(labels);
    this.series.push(series);
    return series;
  }

  /** What the registry writes out. */
  async get() {
    const { name, help } = this.options;
    const values = this.series.flatMap((series) => series.samples(name));
    return { name, help, type: 'histogram', aggregator: 'sum', values };
  }
}
