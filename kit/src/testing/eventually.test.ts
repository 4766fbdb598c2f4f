/** The deadlines of tests: which errors they report, and that a check or a promise that never settles cannot hang a test. */
import { eventually, inTime } from './eventually';

const never = new Promise<never>(() => undefined);

test('returns the first result that is truthy, or undefined for a check that only throws', async () => {
  let calls = 0;
  expect(await eventually(() => ++calls === 3 && 'done')).toBe('done');
  expect(calls).toBe(3);
  expect(await eventually(() => expect(++calls).toBeGreaterThan(4))).toBeUndefined();
});

test('reports the goal, the deadline and the last failed assertion', async () => {
  const failure = eventually(() => expect(2).toBe(3), 'the third call', 50);
  await expect(failure).rejects.toThrow(/^Waited 0.05 s for the third call: expect[\s\S]*Received: .*2/);
});

test('reports a result that stays falsy, and the check itself if no goal is given', async () => {
  await expect(eventually(() => 0, 'messages', 30)).rejects.toThrow('Waited 0.03 s for messages: it is still 0');
  await expect(eventually(() => false, undefined, 30)).rejects.toThrow(/for \(\)\s*=>\s*false: it is still false/);
});

test('gives up on a check that hangs, with the last error before it', async () => {
  await expect(eventually(() => never, 'an answer', 30)).rejects.toThrow(
    'Waited 0.03 s for an answer: the check has not settled',
  );
  let isFirst = true;
  const check = () => (isFirst ? ((isFirst = false), Promise.reject(new Error('refused'))) : never);
  await expect(eventually(check, 'an answer', 30)).rejects.toThrow('Waited 0.03 s for an answer: refused');
});

test('gives up on a promise that does not settle, and passes on a result or an error', async () => {
  await expect(inTime('the event', never, 30)).rejects.toThrow('Waited 0.03 s for the event');
  expect(await inTime('the event', Promise.resolve('here'))).toBe('here');
  await expect(inTime('the event', Promise.reject(new Error('broken')))).rejects.toThrow('broken');
});
