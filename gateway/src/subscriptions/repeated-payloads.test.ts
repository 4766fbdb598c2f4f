/** Payloads that repeat, and serialised results of one event. */
import { setImmediate as turn } from 'node:timers/promises';
import type { PreparedOperation } from '../planning/prepared-operation';
import { RepeatedPayloads } from './repeated-payloads';
import { RepeatedResults } from './repeated-results';

test('a text is parsed once within a turn of the event loop', async () => {
  const payloads = new RepeatedPayloads();
  const first = payloads.of('{"data":{"a":1}}');
  expect(payloads.of('{"data":{"a":1}}')).toBe(first);
  expect(payloads.of('{"data":{"a":2}}')).toEqual({ data: { a: 2 } });
  expect(() => payloads.of('{')).toThrow(SyntaxError);
  await turn();
  expect(payloads.of('{"data":{"a":1}}')).not.toBe(first);
});

test('an event is serialised once for each operation', async () => {
  const results = new RepeatedResults();
  const [event, one, other] = [{}, {} as PreparedOperation, {} as PreparedOperation];
  let made = 0;
  const make = () => Promise.resolve({ bytes: Buffer.from(String(++made)) });
  const first = await results.of(event, one, '{}', make);
  expect(await results.of(event, one, '{}', make)).toBe(first);
  for (const [prepared, variables] of [
    [one, '{"a":1}'],
    [other, '{}'],
  ] as const)
    expect(await results.of(event, prepared, variables, make)).not.toBe(first);
  expect(await results.of({}, one, '{}', make)).not.toBe(first);
});
