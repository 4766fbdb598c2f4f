/** Results of events that many streams deliver. */
import { SAME_FOR_ALL, SharedResults } from './shared-results';

const frame = () => ({ [SAME_FOR_ALL]: true });

let runs = 0;
const run = () => Promise.resolve({ data: { run: ++runs } });
beforeEach(() => void (runs = 0));

test('an event with the mark is executed once for each operation', async () => {
  const results = new SharedResults();
  const [first, second] = [frame(), frame()];
  expect(await results.of(first, 'a', run)).toBe(await results.of(first, 'a', run));
  await results.of(first, 'b', run);
  await results.of(second, 'a', run);
  expect(runs).toBe(3);
});

test('an event without the mark is executed for each stream, and so is one whose result has errors', async () => {
  const results = new SharedResults();
  const event = {};
  for (const each of [event, event, null, 'text']) await results.of(each, 'a', run);
  expect(runs).toBe(4);
  const failed = frame();
  const fail = () => Promise.resolve({ data: null, errors: [] as never });
  await results.of(failed, 'a', fail);
  expect(await results.of(failed, 'a', run)).toEqual({ data: { run: 5 } });
});
