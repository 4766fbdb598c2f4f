/**
 * Compares candidates under the same load, in rounds that take turns, so that a machine that is slower for a while is so for all.
 * What counts are the ratios within a round: their minimum, median and maximum over the rounds.
 */
import type { TestProcess } from '@chat/kit/testing/test-process';
import autocannon from 'autocannon';
import { cpus } from 'node:os';

export interface Candidate {
  name: string;
  /** The process whose processor time is counted. */
  process: TestProcess;
  url: string;
  headers: Record<string, string>;
}

export interface Load {
  /** A GraphQL request as JSON text. */
  body: string;
  connections: number;
  /** Length of one measurement. */
  seconds: number;
  rounds: number;
  /** Length of the unmeasured run of each candidate before the first round. */
  warmUpSeconds: number;
}

interface Measurement {
  requestsPerSecond: number;
  /** Processor time of the candidate's process for one request. */
  cpuMsPerRequest: number;
  latencyP99Ms: number;
}

/** Measures all candidates and prints a table of the first one against each other. @throws where any request fails. */
export async function compare(question: string, candidates: Candidate[], load: Load): Promise<void> {
  for (const candidate of candidates) await run(candidate, load, load.warmUpSeconds);
  const rounds: Map<string, Measurement>[] = [];
  for (let round = 0; round < load.rounds; round++) {
    const measured = new Map<string, Measurement>();
    const order = candidates.map((_, index) => candidates[(index + round) % candidates.length]!);
    for (const candidate of order) measured.set(candidate.name, await run(candidate, load, load.seconds));
    rounds.push(measured);
    process.stderr.write(`round ${round + 1} of ${load.rounds}\n`);
  }
  report(question, candidates, rounds, load);
}

async function run(candidate: Candidate, load: Load, seconds: number): Promise<Measurement> {
  const before = candidate.process.cpuSeconds();
  const result = await autocannon({
    url: candidate.url,
    method: 'POST',
    headers: { 'content-type': 'application/json', ...candidate.headers },
    body: load.body,
    connections: load.connections,
    duration: seconds,
  });
  const cpuSeconds = candidate.process.cpuSeconds() - before;
  const answered = result['2xx'];
  if (answered === 0 || result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${candidate.name}: ${answered} answers, ${result.non2xx} refusals, ${result.errors} errors`);
  }
  return {
    requestsPerSecond: answered / result.duration,
    cpuMsPerRequest: (cpuSeconds * 1000) / answered,
    latencyP99Ms: result.latency.p99,
  };
}

function report(question: string, [ours, ...peers]: Candidate[], rounds: Map<string, Measurement>[], load: Load): void {
  const lines = [
    `## ${question}`,
    '',
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}; ` +
      `${load.connections} connections, ${load.rounds} interleaved rounds of ${load.seconds} s.`,
    '',
    '| | requests/s | CPU ms per request | p99 ms |',
    '| --- | --- | --- | --- |',
  ];
  for (const { name } of [ours!, ...peers]) {
    const of = (pick: (measurement: Measurement) => number) => spread(rounds.map((round) => pick(round.get(name)!)));
    lines.push(
      `| ${name} | ${of((m) => m.requestsPerSecond)} | ${of((m) => m.cpuMsPerRequest)} | ${of((m) => m.latencyP99Ms)} |`,
    );
  }
  for (const peer of peers) {
    const ratio = (pick: (measurement: Measurement) => number) =>
      spread(rounds.map((round) => pick(round.get(ours!.name)!) / pick(round.get(peer.name)!)));
    lines.push(
      `| **${ours!.name} / ${peer.name}** | ${ratio((m) => m.requestsPerSecond)} | ${ratio((m) => m.cpuMsPerRequest)} | ${ratio((m) => m.latencyP99Ms)} |`,
    );
  }
  lines.push('', 'Each cell: minimum, **median**, maximum over the rounds.', '');
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** `minimum, **median**, maximum`, to three significant digits. */
export function spread(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  const text = (value: number) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));
  return `${text(sorted[0]!)}, **${text(median)}**, ${text(sorted.at(-1)!)}`;
}
