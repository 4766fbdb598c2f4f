/** Stream kinds: names, cursors, and the types that they give to appending and reading. */
import { mergeStreams } from '../graphql/feature';
import { streamCursor } from '../graphql/cursor';
import type { Append } from './event-log';
import { defineStream, payload } from './stream-kind';

const kettle = defineStream('kettle', {
  Boiled: payload<{ litres: number }>(),
  Emptied: payload<Record<string, never>>(),
});
const cup = defineStream('cup', { Filled: payload<{ by: string }>() }, { isPrivate: true });

test('a kind names its streams and its event types', () => {
  expect(kettle.of('7')).toBe('kettle:7');
  expect(kettle.types).toEqual(['Boiled', 'Emptied']);
  expect([kettle.idOf('kettle:7'), kettle.idOf('cup:7'), kettle.idOf('kettles:7')]).toEqual([
    '7',
    undefined,
    undefined,
  ]);
  expect([kettle.holds({ stream: 'kettle:7' }), cup.holds({ stream: 'kettle:7' })]).toEqual([true, false]);
});

test('a cursor is a position in its own stream only', () => {
  const cursor = streamCursor(kettle.of('7'), { seq: 3, epoch: 'e' });
  expect(kettle.position('7', cursor)).toEqual({ seq: 3, epoch: 'e' });
  expect(kettle.position('7', undefined)).toBeUndefined();
  expect(() => kettle.position('8', cursor)).toThrow();
  expect(() => cup.position('7', cursor)).toThrow();
});

test('the compiler refuses an event of another stream, another payload and a plain name', async () => {
  const append: Append = Object.assign(() => Promise.resolve(1), { toEach: () => Promise.resolve() });
  await append(kettle.of('7'), 'Boiled', { litres: 1 });
  // @ts-expect-error -- an event of another stream
  await append(kettle.of('7'), 'Filled', { by: 'Ada' });
  // @ts-expect-error -- another payload
  await append(kettle.of('7'), 'Boiled', { by: 'Ada' });
  // @ts-expect-error -- an event without payload
  await append(kettle.of('7'), 'Emptied', { litres: 1 });
  // @ts-expect-error -- a stream of no kind
  await append('kettle:7', 'Boiled', { litres: 1 });
  expect(append).toBeInstanceOf(Function);
});

test('the manifests give all kinds; a kind that two features define is an error', () => {
  expect(mergeStreams([{ name: 'tea', streams: [kettle, cup] }, { name: 'none' }])).toEqual([kettle, cup]);
  const twice = () =>
    mergeStreams([
      { name: 'tea', streams: [kettle] },
      { name: 'coffee', streams: [kettle] },
    ]);
  expect(twice).toThrow('coffee defines the stream kettle, which exists already.');
});
