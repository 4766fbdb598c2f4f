/** Latencies of calls one after the other, as rows of a Markdown table. */

/** Calls before the measurement. */
const WARM_UP = 20;

export const LATENCY_HEAD = '| | p50 | p99 | found, median |\n| --- | --- | --- | --- |';

/** p50 and p99 in milliseconds, and the median number of results. @param run returns the number of results */
export async function latencyRow(
  name: string,
  samples: number,
  run: (sample: number) => Promise<number>,
): Promise<string> {
  const times: number[] = [];
  const counts: number[] = [];
  for (let i = 0; i < WARM_UP; i++) await run(i);
  for (let i = 0; i < samples; i++) {
    const began = performance.now();
    counts.push(await run(i));
    times.push(performance.now() - began);
  }
  return `| ${name} | ${quantile(times, 0.5).toFixed(2)} | ${quantile(times, 0.99).toFixed(2)} | ${quantile(counts, 0.5)} |`;
}

export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]!;
