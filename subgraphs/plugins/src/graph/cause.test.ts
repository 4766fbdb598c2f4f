/** Causes are read as they were written, and nothing else is read as a cause. */
import { correlationIdFrom } from '@chat/kit/logging';
import { newId } from '@chat/kit/ids';
import { Causes } from './cause';

const causes = new Causes('a secret key of this installation, which is long');

test('a cause survives as a correlation id, and only as it was written', () => {
  const cause = { pluginId: newId(), depth: 2 };
  const id = causes.write(cause, newId());
  expect(correlationIdFrom(id)).toBe(id);
  expect(causes.read(id)).toEqual(cause);
  expect(causes.read(id.replace('.2.', '.0.'))).toBeUndefined();
  expect(new Causes('another secret key of this length or more').read(id)).toBeUndefined();
  for (const other of [undefined, '', 'plugin', id.slice(1), `${id}x`, id.slice(0, -1)])
    expect(causes.read(other)).toBeUndefined();
});
