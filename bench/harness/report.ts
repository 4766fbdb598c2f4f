/** The reports of benches: Markdown that can be pasted into RESULTS.md. */
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';

/** One candidate's figures of one round, by metric. */
export type Figures<Measure extends string> = Record<Measure, number>;

/** The rounds in order; in each, candidate → figures. */
export type Rounds<Measure extends string> = readonly ReadonlyMap<string, Figures<Measure>>[];

/** The line above each result: the command, the date and the machine. */
export function heading(title: string, how: string): string {
  const day = new Date().toISOString().slice(0, 10);
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ');
  return [
    `## ${title}`,
    '',
    `\`${command}\`, ${day}, commit ${commit()}, ${cpus().length} × ${cpus()[0]?.model.trim()}, ${gigabytes} GB, Node ${process.version}; load average ${loadavg()[0]!.toFixed(1)}.`,
    how,
    '',
  ].join('\n');
}

/** A row for each candidate, then the ratios of the first candidate to the others within the same round. */
export function table<Measure extends string>(
  names: readonly string[],
  measures: Readonly<Record<Measure, string>>,
  rounds: Rounds<Measure>,
): string {
  const columns = Object.keys(measures) as Measure[];
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const [first, ...others] = names;
  const ratio = (measure: Measure, other: string) =>
    spread(rounds.map((round) => round.get(first!)![measure] / round.get(other)![measure]));
  return [
    row(['', ...columns.map((measure) => measures[measure])]),
    row(['---', ...columns.map(() => '---')]),
    ...names.map((name) =>
      row([name, ...columns.map((measure) => spread(rounds.map((round) => round.get(name)![measure])))]),
    ),
    ...others.map((other) => row([`**${first} / ${other}**`, ...columns.map((measure) => ratio(measure, other))])),
    '',
  ].join('\n');
}

export const CELLS = 'Each cell: minimum, **median**, maximum over the rounds; ratios are taken within a round.\n';

/** `minimum, **median**, maximum` with three significant digits; a single figure if there is only one. A dash for NaN: not measured. */
export function spread(values: readonly number[]): string {
  if (!values.every(Number.isFinite)) return '–';
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  if (sorted.length === 1) return digits(median);
  return `${digits(sorted[0]!)}, **${digits(median)}**, ${digits(sorted.at(-1)!)}`;
}

function digits(value: number): string {
  return value >= 100 || value === 0 ? value.toFixed(0) : value.toPrecision(3);
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}
