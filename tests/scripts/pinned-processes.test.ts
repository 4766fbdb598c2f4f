/** A bench pins all of its processes, not only the first: the measured one has a processor to itself, the bench and the load have the others. */
import { TestProcess } from '@chat/kit/testing/test-process';
import { processorsOf } from '../../bench/harness/bench-process';

/** Runs in a process of its own, since a bench pins itself, too. Prints the processors of each process. */
const BENCH = `
  const { BenchProcess, processorsOf } = require('./bench/harness/bench-process');
  const started = ['load', 'measured', 'load'].map((side) => new BenchProcess({ args: ['-e', 'setInterval(() => {}, 1000)'], side }));
  console.log('pinned ' + JSON.stringify([process, ...started].map(({ pid }) => processorsOf(pid))));
  process.exit();
`;

const [first, ...others] = processorsOf(process.pid);

(others.length > 0 ? test : test.skip)('the measured process has a processor of its own', async () => {
  await using bench = new TestProcess({ args: ['-e', BENCH] });
  const [, pinned] = await bench.waitFor(/pinned (.*)\n/);
  expect(JSON.parse(pinned!)).toEqual([others, others, [first], others]);
});
