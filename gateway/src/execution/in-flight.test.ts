/** Equal concurrent queries share a run unless a mutation separates them. */
import type { FormattedExecutionResult } from 'graphql';
import { InFlightQueries } from './in-flight';

class Runs {
  readonly all: { signal: AbortSignal; finish: (data: string) => void }[] = [];
  joins = 0;
  readonly run = (signal: AbortSignal) =>
    new Promise<FormattedExecutionResult>((resolve) => {
      this.all.push({ signal, finish: (data) => resolve({ data: { data } }) });
    });
  readonly onJoin = () => void this.joins++;
}

let queries: InFlightQueries;
let runs: Runs;
const ask = (caller: string, key = 'key', signal?: AbortSignal) =>
  queries.run(caller, key, signal, runs.run, runs.onJoin);

beforeEach(() => {
  queries = new InFlightQueries();
  runs = new Runs();
});

test('equal queries of one caller share a run and its result', async () => {
  const both = [ask('a'), ask('a')];
  expect([runs.all.length, runs.joins]).toEqual([1, 1]);
  runs.all[0]!.finish('x');
  const [first, second] = await Promise.all(both);
  expect(first).toBe(second);
});

test('queries of other callers, different queries and later queries do not share', async () => {
  const first = ask('a');
  void ask('b');
  void ask('a', 'other');
  expect(runs.all).toHaveLength(3);
  runs.all[0]!.finish('x');
  await first;
  void ask('a');
  expect(runs.all).toHaveLength(4);
});

test('a query after a mutation does not join an earlier query', () => {
  void ask('a');
  queries.separate('a');
  void ask('a');
  expect(runs.all).toHaveLength(2);
});

test('a run is aborted only when all its requests are aborted', () => {
  const [first, second] = [new AbortController(), new AbortController()];
  void ask('a', 'key', first.signal);
  void ask('a', 'key', second.signal);
  first.abort();
  expect(runs.all[0]!.signal.aborted).toBe(false);
  second.abort();
  expect(runs.all[0]!.signal.aborted).toBe(true);
  void ask('a');
  expect(runs.all).toHaveLength(2);
});
