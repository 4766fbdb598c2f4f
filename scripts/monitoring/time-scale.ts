/** Prometheus' and Alertmanager's files with all durations shortened by a factor, so that alerts with long times can be tried. */

const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** The duration of a rule, such as `30s` or `1h`, in milliseconds. */
export const durationOf = (text: string): number => Number.parseInt(text) * UNITS_MS[text.at(-1)!]!;

/** The longest `for` of a shortened rule, in milliseconds; with factor 1 a `for` stays as it is. */
const LONGEST_FOR_MS = 60_000;
/** The shortest pause between two scrapes or evaluations, in milliseconds: a busy machine misses scrapes that come more often. */
const SHORTEST_PAUSE_MS = 1_000;

/** The `for` of a rule after {@link shortened}, in milliseconds. */
export const shortenedFor = (duration: string, factor: number): number =>
  factor === 1
    ? durationOf(duration)
    : Math.min(LONGEST_FOR_MS, Math.max(1, Math.round(durationOf(duration) / factor)));

/** Shortens `for` and the ranges of rules, and the intervals of scrapes, evaluations and notifications. Thresholds stay as they are. */
export function shortened(file: string, factor: number): string {
  return file
    .replaceAll(/\[(\d+[smh])\]/g, (_, range: string) => `[${Math.round(durationOf(range) / factor)}ms]`)
    .replaceAll(/^(\s*for: )(\d+[smh])$/gm, (_, name: string, text: string) => `${name}${shortenedFor(text, factor)}ms`)
    .replaceAll(
      /^(\s*(?:scrape_interval|evaluation_interval|group_wait|group_interval): )(\d+[smh])$/gm,
      (_, name: string, text: string) =>
        `${name}${Math.max(SHORTEST_PAUSE_MS, Math.round(durationOf(text) / factor))}ms`,
    );
}
