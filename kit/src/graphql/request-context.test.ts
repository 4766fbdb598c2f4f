/** The unit of work of a context; the loaded objects of a request are collected young. */
import { promotedBytes, tenKilobytes } from '../testing/promoted-bytes';
import { RequestContext, type ContextParts } from './request-context';

const partsOf = (fork: () => unknown) => ({ log: {}, feed: {}, fork }) as unknown as ContextParts;

test('the unit of work begins when it is read, once', () => {
  const fork = jest.fn(() => ({}));
  const context = new RequestContext(null, partsOf(fork));
  expect(fork).not.toHaveBeenCalled();
  expect(context.em).toBe(context.em);
  expect(fork).toHaveBeenCalledTimes(1);
});

test('a given unit of work is used', () => {
  const em = {};
  const context = new RequestContext(
    null,
    partsOf(() => ({})),
    em as never,
  );
  expect(context.em).toBe(em);
});

test('keeps nothing of a request until a major collection', async () => {
  const left = await promotedBytes(() => {
    const loaded = tenKilobytes();
    return Object.assign(
      new RequestContext(
        null,
        partsOf(() => loaded),
      ),
      { loaders: loaded },
    ).em;
  });
  expect(left).toBeLessThan(1_000);
});

test('the measure finds an object literal with an accessor', async () => {
  const left = await promotedBytes(() => {
    const loaded = tenKilobytes();
    return Object.assign(
      {
        get em() {
          return loaded;
        },
      },
      { loaders: loaded },
    ).em;
  });
  expect(left).toBeGreaterThan(5_000);
});
