/** Grouped calls: the composition of groups, their concurrency, and the effect of one failure on the others. */
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

test('calls without an answer block nobody for ever, and neither do those that are tried alone', async () => {
  const unanswered = () => new Promise<number[]>(() => undefined);
  let isAway = true;
  const call = (inputs: readonly number[]) => (isAway ? unanswered() : Promise.resolve([...inputs]));
  const plain = new GroupedCalls(call, { maxCalls: 2, deadlineMs: 50 });
  const retrying = new GroupedCalls(() => Promise.reject(new Error('one of them is wrong')), {
    deadlineMs: 50,
    alone: (input: number) => call([input]).then(([output]) => output!),
  });
  const stuck = [plain.run(1), plain.run(2), retrying.run(3), retrying.run(4)].map((asked) =>
    asked.catch((error: Error & { extensions?: { code?: string } }) => error.extensions?.code),
  );
  expect(await Promise.all(stuck)).toEqual(Array(4).fill('SERVICE_UNAVAILABLE'));
  isAway = false;
  expect(await Promise.all([plain.run(5), retrying.run(6)])).toEqual([5, 6]);
});

describe('with time to gather', () => {
  const GATHER_MS = 50;
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance'] }));
  afterEach(() => jest.useRealTimers());

  const pass = async (ms: number) => {
    await turn();
    jest.advanceTimersByTime(ms);
    await turn();
  };
  const sizes = (calls: readonly { inputs: readonly number[] }[]) => calls.map(({ inputs }) => inputs.length);

  /** One call for a few callers, and meanwhile others come. @returns with all of them answered, in two calls */
  async function meet(first: number, others: number) {
    const { grouped, calls } = doubling({ gatherMs: GATHER_MS });
    const run = (count: number) => Promise.all(Array.from({ length: count }, (_, input) => grouped.run(input)));
    const answers = [run(first)];
    await turn();
    answers.push(run(others));
    calls[0]!.end();
    await turn();
    await turn();
    calls[1]!.end();
    await Promise.all(answers);
    expect(sizes(calls)).toEqual([first, others]);
    return { run, calls };
  }

  test('callers that were there at once are waited for, up to a limit', async () => {
    const { run, calls } = await meet(1, 9);
    void run(4);
    await turn();
    await turn();
    expect(calls).toHaveLength(2);
    void run(5);
    await turn();
    expect(sizes(calls)).toEqual([1, 9, 9]);
    calls[2]!.end();
    await turn();
    void run(3);
    await pass(GATHER_MS - 1);
    expect(calls).toHaveLength(3);
    await pass(1);
    expect(sizes(calls)).toEqual([1, 9, 9, 3]);
  });

  test('after a wait in vain, the callers that come are enough', async () => {
    const { run, calls } = await meet(1, 9);
    void run(5);
    await pass(GATHER_MS);
    calls[2]!.end();
    await turn();
    void run(5);
    await turn();
    expect(sizes(calls)).toEqual([1, 9, 5, 5]);
  });

  test('few callers are never waited for', async () => {
    const { run, calls } = await meet(1, 2);
    void run(1);
    await turn();
    expect(sizes(calls)).toEqual([1, 2, 1]);
  });

  test('neither a full group nor a large one waits for more', async () => {
    const full = doubling({ gatherMs: GATHER_MS, maxSize: 2 });
    const large = doubling({ gatherMs: GATHER_MS });
    void Promise.all(Array.from({ length: 9 }, (_, input) => full.grouped.run(input)));
    void large.grouped.run(1);
    await turn();
    void Promise.all(Array.from({ length: 60 }, (_, input) => large.grouped.run(input)));
    for (let call = 0; call < 3; call++) {
      full.calls[call]!.end();
      await turn();
      await turn();
    }
    expect(sizes(full.calls)).toEqual([2, 2, 2, 2]);
    for (const { end } of large.calls) end();
    await turn();
    await turn();
    void Promise.all(Array.from({ length: 16 }, (_, input) => large.grouped.run(input)));
    large.calls[1]!.end();
    await turn();
    await turn();
    expect(sizes(large.calls)).toEqual([1, 60, 16]);
  });
});
