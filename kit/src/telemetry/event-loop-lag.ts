/**
 * How late the event loop is, under prom-client's names. prom-client's own measurement wakes the process a hundred times a second, which was
 * half of the processor time of an idle process, and its values contain the pause between two wake-ups.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';

/** Pause between two samples, in milliseconds. A block of the event loop for longer is always seen. */
const SAMPLE_MS = 200;

const NAME = 'nodejs_eventloop_lag';

/** For `collectDefaultMetrics`, since its measurement cannot be left out: the longest pause of a timer, in milliseconds. */
export const NEVER_MS = 2 ** 31 - 1;

/** Replaces prom-client's metrics. Values are those since the last scrape. */
export function addEventLoopLag(registry: Registry): void {
  const histogram = monitorEventLoopDelay({ resolution: SAMPLE_MS });
  histogram.enable();
  const gauge = (part: string, help: string, collect?: () => void): Gauge => {
    const name = `${NAME}${part}_seconds`;
    registry.removeSingleMetric(name);
    return new Gauge({ name, help, registers: [registry], collect });
  };
  const secondsOf = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - SAMPLE_MS / 1000);
  // The first, as it fills the others, and metrics are read in this order.
  const latest = gauge('', 'The lag of the event loop at the scrape.', () => {
    const began = performance.now();
    setImmediate(() => latest.set((performance.now() - began) / 1000));
    const isEmpty = histogram.count === 0;
    min.set(isEmpty ? 0 : secondsOf(histogram.min));
    max.set(secondsOf(histogram.max));
    mean.set(isEmpty ? 0 : secondsOf(histogram.mean));
    deviation.set(isEmpty ? 0 : histogram.stddev / 1e9);
    for (const [percentile, each] of percentiles) each.set(secondsOf(histogram.percentile(percentile)));
    histogram.reset();
  });
  const min = gauge('_min', 'The shortest lag of the event loop.');
  const max = gauge('_max', 'The longest lag of the event loop.');
  const mean = gauge('_mean', 'The mean lag of the event loop.');
  const deviation = gauge('_stddev', 'The standard deviation of the lag of the event loop.');
  const percentiles = [50, 90, 99].map(
    (percentile) => [percentile, gauge(`_p${percentile}`, `The ${percentile}th percentile of the lag.`)] as const,
  );
}
