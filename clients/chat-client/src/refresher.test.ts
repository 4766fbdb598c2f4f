/** Merged refreshes, with a clock of the test's own. */
import { ChatError } from './chat-error.ts';
import { Refresher } from './refresher.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

test('150 messages a minute cause at most 21 refreshes, and the last one comes after the last message', async () => {
  const at: number[] = [];
  const refresher = new Refresher(async () => void at.push(Date.now()));
  let last = 0;
  for (let message = 0; message < 150; message++) {
    refresher.request();
    last = Date.now();
    await jest.advanceTimersByTimeAsync(400);
  }
  await jest.advanceTimersByTimeAsync(10_000);
  expect(at.length).toBeGreaterThan(15);
  expect(at.length).toBeLessThanOrEqual(21);
  expect(at.at(-1)).toBeGreaterThanOrEqual(last);
});

test('one refresh runs at a time, and a request meanwhile is not lost', async () => {
  const running: (() => void)[] = [];
  const refresher = new Refresher(() => new Promise<void>((done) => void running.push(done)), { minMs: 10 });
  refresher.request();
  await jest.advanceTimersByTimeAsync(50);
  refresher.request();
  refresher.request();
  await jest.advanceTimersByTimeAsync(50);
  expect(running).toHaveLength(1);
  running[0]!();
  await jest.advanceTimersByTimeAsync(50);
  expect(running).toHaveLength(2);
});

test('a rate limit is waited for, a refusal ends the refresh, and so does the disposal', async () => {
  let calls = 0;
  let failure: ChatError | undefined = ChatError.ofResponse([
    { message: 'Too many', extensions: { code: 'RATE_LIMITED', retryAfterMs: 20_000 } },
  ]);
  const refresher = new Refresher(async () => {
    calls++;
    if (failure) throw failure;
  });
  refresher.request();
  await jest.advanceTimersByTimeAsync(19_000);
  expect(calls).toBe(1);
  failure = undefined;
  await jest.advanceTimersByTimeAsync(20_000);
  expect(calls).toBe(2);
  failure = ChatError.of('FORBIDDEN', 'No');
  refresher.request();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(calls).toBe(3);
  refresher.request();
  refresher.dispose();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(calls).toBe(3);
});
