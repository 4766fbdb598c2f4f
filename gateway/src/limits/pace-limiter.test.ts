/** The budget of paced fields: a second's worth at once, then a steady rate, apart for each connection. */
import { PaceLimiter } from './pace-limiter';

test('a connection has a second’s calls at once, and gets them back at the rate', () => {
  const pace = new PaceLimiter();
  const connection = {};
  const take = (count: number, at: number) => pace.take(connection, count, 30, at);
  for (let call = 0; call < 30; call++) take(1, 0);
  expect(() => take(1, 0)).toThrow(expect.objectContaining({ code: 'RATE_LIMITED' }) as Error);
  expect(() => take(1, 20)).toThrow();
  take(1, 34);
  expect(() => take(31, 60_000)).toThrow();
  take(30, 60_000);
});

test('connections and callers have budgets of their own', () => {
  const pace = new PaceLimiter();
  const [one, another] = [{}, {}];
  pace.take(one, 30, 30, 0);
  pace.take(another, 30, 30, 0);
  pace.take('viewer:one', 30, 30, 0);
  for (const key of [one, another, 'viewer:one']) expect(() => pace.take(key, 1, 30, 0)).toThrow();
});
