/** Serialised results of one event. */
import type { PreparedOperation } from '../planning/prepared-operation';
import { RepeatedResults } from './repeated-results';

test('an event is serialised once for each operation', () => {
  const results = new RepeatedResults();
  const [event, one, other] = [{}, {} as PreparedOperation, {} as PreparedOperation];
  let made = 0;
  const make = () => ({ bytes: Buffer.from(String(++made)) });
  const first = results.of(event, one, '{}', make);
  expect(results.of(event, one, '{}', make)).toBe(first);
  for (const [prepared, variables] of [
    [one, '{"a":1}'],
    [other, '{}'],
  ] as const)
    expect(results.of(event, prepared, variables, make)).not.toBe(first);
  expect(results.of({}, one, '{}', make)).not.toBe(first);
});
