/** Measures the garbage that work leaves among the old objects of V8. See docs/decisions/young-objects.md. */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import '../process/young-objects';

const TIMES = 200;
/** A major collection within one of the rounds would hide that garbage. */
const ROUNDS = 5;

/** Bytes that survive young collections after `run` has settled, each time: the median of some rounds. */
export async function promotedBytes(run: () => unknown): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as NodeJS.GCFunction;
  const oldBytes = () => {
    // An object that survives twice is old.
    collect({ type: 'minor' });
    collect({ type: 'minor' });
    return getHeapSpaceStatistics()
      .filter(({ space_name: name }) => name === 'old_space' || name === 'large_object_space')
      .reduce((sum, space) => sum + space.space_used_size, 0);
  };
  const left: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = oldBytes();
    for (let time = 0; time < TIMES; time++) await run();
    left.push((oldBytes() - before) / TIMES);
  }
  return left.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
}

/** Some 10 KB of objects. */
export const tenKilobytes = (): object[] =>
  Array.from({ length: 100 }, (_, index) => ({ id: `x${index}`, name: `n${index}` }));
