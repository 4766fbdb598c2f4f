/** Interleaved rounds: every candidate once per round, with a rotating start, so that a slow phase of the machine affects all. */

/** @returns for each round, candidate → the result of `measure` */
export async function interleave<Candidate extends { name: string }, Result>(
  candidates: readonly Candidate[],
  rounds: number,
  measure: (candidate: Candidate) => Promise<Result>,
): Promise<Map<string, Result>[]> {
  const results: Map<string, Result>[] = [];
  for (let round = 0; round < rounds; round++) {
    const result = new Map<string, Result>();
    for (let turn = 0; turn < candidates.length; turn++) {
      const candidate = candidates[(turn + round) % candidates.length]!;
      result.set(candidate.name, await measure(candidate));
    }
    results.push(result);
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
  }
  return results;
}
