/** Web Locks: exclusion, and patience with a hung tab. */
import { findLocks, Marker, withLock } from './locks.ts';

const locks = findLocks()!;

let count = 0;
const newName = () => `lock-${++count}`;

/** A lock that another tab holds until `release`. */
async function heldLock() {
  const name = newName();
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await new Promise<void>((isHeld) => {
    locks
      .request(name, {}, () => {
        isHeld();
        return held;
      })
      .catch(() => undefined);
  });
  return { name, release };
}

test('waits for the other tab', async () => {
  const { name, release } = await heldLock();
  const order: string[] = [];
  const mine = withLock(locks, name, 60_000, async () => order.push('mine'));
  order.push('other');
  release();
  await mine;
  expect(order).toEqual(['other', 'mine']);
});

test('a hung tab blocks for the given time only, and then tabs run one after another', async () => {
  const { name } = await heldLock();
  let running = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
    return 'done';
  };
  const tabs = [400, 400, 400, 60_000].map((patienceMs) => withLock(locks, name, patienceMs, work));
  expect(await Promise.all(tabs)).toEqual(['done', 'done', 'done', 'done']);
  expect(most).toBe(1);
});

test('a failure under the lock is passed on, and not repeated', async () => {
  const run = jest.fn(() => Promise.reject(new Error('no')));
  await expect(withLock(locks, newName(), 60_000, run)).rejects.toThrow('no');
  expect(run).toHaveBeenCalledTimes(1);
});

test('runs at once without Web Locks', async () => {
  expect(await withLock(undefined, newName(), 0, async () => 1)).toBe(1);
});

test('a marker is seen by all tabs until its tab announces another one', async () => {
  const [mine, other] = [new Marker(locks), new Marker(locks)];
  const [first, second] = [newName(), newName()];
  await mine.announce(first);
  expect(await other.isAnnounced(first)).toBe(true);
  await other.announce(first); // another tab has announced it already
  await mine.announce(second);
  expect(await Promise.all([first, second].map((name) => other.isAnnounced(name)))).toEqual([false, true]);
  mine.end();
  await locks.request(second, {}, async () => undefined); // when it is released
  expect(await other.isAnnounced(second)).toBe(false);
  expect(await new Marker(undefined).isAnnounced(second)).toBe(false);
});
