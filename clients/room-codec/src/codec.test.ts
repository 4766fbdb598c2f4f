/** The codec: what is packed comes back within its precision, and what is no frame is refused. */
import fc from 'fast-check';
import { packFrame, packRotation, quantizeRotation, RoomView, UNLISTED, unpackFrame, unpackRotation } from './index';

const component = fc.double({ min: -1, max: 1, noNaN: true });
const rotation = fc
  .record({ x: component, y: component, z: component, w: component })
  .filter(({ x, y, z, w }) => Math.hypot(x, y, z, w) > 0.01);
const metres = fc.double({ min: -300, max: 300, noNaN: true });
const index = fc.integer({ min: 0, max: 255 });
const slot = fc.integer({ min: 0, max: 65_535 });
const pose = fc.record({ slot, x: metres, y: metres, z: metres, rotation });
const name = fc.record({ slot, animation: index, expression: index });
const rows = { maxLength: 20 };

test('rows come back within a centimetre and a quarter of a degree', () => {
  fc.assert(
    fc.property(fc.array(pose, rows), fc.array(name, rows), fc.nat(2 ** 32 - 1), fc.boolean(), (...parts) => {
      const [poses, names, tick, isFull] = parts;
      const frame = unpackFrame(packFrame({ poses, names, tick, isFull }));
      expect({ ...frame, poses: frame.poses.length }).toEqual({ tick, isFull, names, poses: poses.length });
      frame.poses.forEach((unpacked, at) => {
        const given = poses[at]!;
        expect(unpacked.slot).toBe(given.slot);
        for (const axis of ['x', 'y', 'z'] as const)
          expect(Math.abs(unpacked[axis] - given[axis])).toBeLessThanOrEqual(0.0051);
        const length = Math.hypot(...Object.values(given.rotation));
        const dot = (['x', 'y', 'z', 'w'] as const).reduce(
          (sum, part) => sum + (unpacked.rotation[part] * given.rotation[part]) / length,
          0,
        );
        expect(Math.abs(dot)).toBeGreaterThan(0.99999);
      });
    }),
  );
});

test('simple rotations are exact, and quantising twice changes next to nothing', () => {
  for (const exact of [
    { x: 0, y: 0, z: 0, w: 1 },
    { x: 0, y: 1, z: 0, w: 0 },
  ])
    expect(quantizeRotation(exact)).toEqual(exact);
  expect(unpackRotation(packRotation({ x: 0, y: 0, z: 0, w: 0 }))).toEqual({ x: 0, y: 0, z: 0, w: 1 });
  fc.assert(
    fc.property(rotation, (given) => {
      const once = unpackRotation(packRotation(given));
      const twice = unpackRotation(packRotation(once));
      // If two components are equally large, either may be left out.
      const dot = once.x * twice.x + once.y * twice.y + once.z * twice.z + once.w * twice.w;
      expect(Math.abs(dot)).toBeGreaterThan(0.99999);
    }),
  );
});

test('bytes of another version or length are refused', () => {
  const bytes = packFrame({ tick: 1, isFull: false, poses: [], names: [] });
  expect(() => unpackFrame(bytes.subarray(0, 7))).toThrow(RangeError);
  expect(() => unpackFrame(Uint8Array.from([...bytes, 0]))).toThrow(RangeError);
  expect(() => unpackFrame(Uint8Array.from([1, ...bytes.subarray(1)]))).toThrow(RangeError);
});

test('a view keeps the names of occupants that only move', () => {
  const view = new RoomView();
  const at = (x: number) => ({ slot: 3, x, y: 0, z: 0, rotation: { x: 0, y: 0, z: 0, w: 1 } });
  const apply = (x: number, names: [animation: number, expression: number][], joined: object[] = []) => {
    const rows = names.map(([animation, expression]) => ({ slot: 3, animation, expression }));
    const bytes = packFrame({ tick: 1, isFull: joined.length > 0, poses: [at(x)], names: rows });
    view.apply({ packed: btoa(String.fromCharCode(...bytes)), joined: joined as never, left: [] });
    return view.poses.get('ada');
  };
  expect(apply(1, [[1, 255]], [{ slot: 3, userId: 'ada' }])).toMatchObject({ animation: 'walk', expression: null });
  expect(apply(2, [])).toMatchObject({ position: { x: 2 }, animation: 'walk', expression: null });
  expect(apply(2, [[0, 1]])).toMatchObject({ animation: 'idle', expression: 'happy' });
});

test('a view tells which accounts have a new animation outside the catalogue', () => {
  const view = new RoomView();
  const apply = (animation: number) => {
    const poses = [{ slot: 3, x: 0, y: 0, z: 0, rotation: { x: 0, y: 0, z: 0, w: 1 } }];
    const bytes = packFrame({ tick: 1, isFull: true, poses, names: [{ slot: 3, animation, expression: UNLISTED }] });
    const packed = btoa(String.fromCharCode(...bytes));
    return view.apply({ packed, joined: [{ slot: 3, userId: 'ada' }], left: [] });
  };
  expect([apply(UNLISTED), apply(UNLISTED), apply(1)]).toEqual([['ada'], ['ada'], []]);
});
