/** Bounds of the delays, and their early end. */
import { backoffMs, startTimer, Waits } from './backoff.ts';

test('delays double up to the maximum, with jitter over the upper half', () => {
  for (const [attempt, bound] of [
    [0, 500],
    [1, 1000],
    [3, 4000],
    [6, 30_000],
    [1000, 30_000],
  ] as const) {
    const delays = Array.from({ length: 200 }, () => backoffMs(attempt));
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(bound / 2);
    expect(Math.max(...delays)).toBeLessThanOrEqual(bound);
    expect(new Set(delays).size).toBeGreaterThan(100);
  }
});

test('a wake-up ends all waits, and later ones are not affected', async () => {
  const waits = new Waits();
  const both = Promise.all([waits.wait(3_600_000), waits.wait(3_600_000)]);
  waits.wake();
  await both;
  let isOver = false;
  void waits.wait(3_600_000).then(() => (isOver = true));
  await Promise.resolve();
  expect(isOver).toBe(false);
  waits.wake();
});

test('a delay beyond the bound of setTimeout does not end at once', () => {
  jest.useFakeTimers();
  try {
    const run = jest.fn();
    const cancel = startTimer(2 ** 40, run);
    jest.advanceTimersByTime(1000);
    expect(run).not.toHaveBeenCalled();
    cancel();
    expect(jest.getTimerCount()).toBe(0);
  } finally {
    jest.useRealTimers();
  }
});
