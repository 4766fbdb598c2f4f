/** Calls that are made together: who goes with whom, how many at once, and what one that fails does to the others. */
import { GroupedCalls, type GroupedCallsOptions } from './grouped-calls';

/** Calls that end when they are told to, each answering its inputs doubled. */
function doubling(options?: GroupedCallsOptions<number, number>) {
  const calls: { inputs: readonly number[]; end: (error?: Error) => void }[] = [];
  const grouped = new GroupedCalls<number, number>(
    (inputs) =>
      new Promise((resolve, reject) => {
        calls.push({ inputs, end: (error) => (error ? reject(error) : resolve(inputs.map((input) => 2 * input))) });
      }),
    options,
  );
  return { grouped, calls };
}

const turn = () => new Promise(setImmediate);

test('what is asked in one turn goes together, and what is asked meanwhile is the next call', async () => {
  const { grouped, calls } = doubling();
  const early = [grouped.run(1), grouped.run(2)];
  await turn();
  const late = [grouped.run(3), grouped.run(4)];
  await turn();
  expect(calls.map(({ inputs }) => inputs)).toEqual([[1, 2]]);
  calls[0]!.end();
  expect(await Promise.all(early)).toEqual([2, 4]);
  await turn();
  expect(calls.map(({ inputs }) => inputs)).toEqual([
    [1, 2],
    [3, 4],
  ]);
  calls[1]!.end();
  expect(await Promise.all(late)).toEqual([6, 8]);
});

test('no call is larger than allowed, nor are there more at once', async () => {
  const { grouped, calls } = doubling({ maxSize: 2, maxCalls: 2 });
  const answers = [1, 2, 3, 4, 5].map((input) => grouped.run(input));
  await turn();
  await turn();
  expect(calls.map(({ inputs }) => inputs)).toEqual([
    [1, 2],
    [3, 4],
  ]);
  calls[1]!.end();
  await answers[3];
  await turn();
  await turn();
  expect(calls[2]!.inputs).toEqual([5]);
  calls[0]!.end();
  calls[2]!.end();
  expect(await Promise.all(answers)).toEqual([2, 4, 6, 8, 10]);
});

test('a call that fails fails for all of it, or each is tried alone', async () => {
  const failure = new Error('no');
  const together = doubling();
  const failing = Promise.allSettled([together.grouped.run(1), together.grouped.run(2)]);
  await turn();
  together.calls[0]!.end(failure);
  expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);

  const alone = doubling({
    alone: async (input, error) => {
      if (input === 2) throw error;
      return 2 * input;
    },
  });
  const tried = Promise.allSettled([alone.grouped.run(1), alone.grouped.run(2), alone.grouped.run(3)]);
  await turn();
  alone.calls[0]!.end(failure);
  expect(await tried).toEqual([
    { status: 'fulfilled', value: 2 },
    { status: 'rejected', reason: failure },
    { status: 'fulfilled', value: 6 },
  ]);
});
