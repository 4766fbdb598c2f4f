/** The metrics that alerts and panels ask for. Reads PromQL only as far as names go. */

/** Words of PromQL that stand where a metric could. */
const WORDS = new Set(['and', 'or', 'unless', 'by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'bool']);

/** @returns the names of the metrics in a PromQL expression; those of a histogram without `_bucket`, `_sum` and `_count`. */
export function metricsIn(expression: string): string[] {
  const bare = expression
    .replace(/"(?:[^"\\]|\\.)*"/g, '')
    .replace(/\{[^}]*\}/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  const names = [...bare.matchAll(/\b([a-z_:][a-z0-9_:]*)\b(?!\s*\()/gi)].map(([, name]) => name!);
  return [...new Set(names.filter((name) => !WORDS.has(name)).map((name) => name.replace(/_(bucket|sum|count)$/, '')))];
}

/** @returns the names of all metrics on a page of Prometheus' text format. */
export const metricsOn = (page: string): Set<string> =>
  new Set([...page.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name!));
