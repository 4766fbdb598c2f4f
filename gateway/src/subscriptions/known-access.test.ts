/** When an event waits for a check of a subscriber's access. Times are milliseconds. */
import { KnownAccess } from './known-access';

const ALL = Infinity;

test.each<[string, (access: KnownAccess) => void, arrivedAt: number, receivedUntil: number, isHeld: boolean]>([
  ['allowed, and all notifications received', (access) => access.allow(0), 60_000, ALL, false],
  ['allowed long ago, and notifications current', (access) => access.allow(0), 60_000, 59_500, false],
  ['allowed lately, and notifications missing', (access) => access.allow(59_500), 60_000, 0, false],
  ['allowed long ago, and notifications missing', (access) => access.allow(58_000), 60_000, 58_000, true],
  ['never allowed, and notifications missing', () => undefined, 60_000, 0, true],
  ['in doubt since a moment ago', (access) => access.doubt(59_700), 60_000, ALL, false],
  ['in doubt for long', (access) => access.doubt(59_000), 60_000, ALL, true],
  [
    'in doubt for long, and doubted again',
    (access) => [59_000, 59_900].forEach((at) => access.doubt(at)),
    60_000,
    ALL,
    true,
  ],
  ['allowed by a check after the doubt', (access) => (access.doubt(59_000), access.allow(59_001)), 60_000, ALL, false],
  ['in doubt only since the event', (access) => access.doubt(60_001), 60_000, ALL, false],
])('%s', (_case, happen, arrivedAt, receivedUntil, isHeld) => {
  const access = new KnownAccess();
  happen(access);
  expect(access.mustHold({ arrivedAt }, receivedUntil)).toBe(isHeld);
});
