/** Which occupants a stream of frames sends, without Redis and without a clock. */
import { newId } from '@chat/kit/ids';
import { RoomView } from '@chat/room-codec';
import fc from 'fast-check';
import type { Frame } from './frame';
import { FrameStream, TICK_HZ } from './frame-stream';
import { poseAt } from './pose';
import { RoomState } from './room-state';

const ORIGIN = { column: 0, row: 0 };

/** More people than are in every frame, all at one place. */
const CROWD = Array.from({ length: 30 }, (_, slot) => slot);

function crowd(names: string, slots: readonly number[]): [string, ReturnType<typeof poseAt>][] {
  return slots.map((slot) => [`${names}${slot}`, { ...poseAt({ x: 1, y: 0, z: 1 }), slot }]);
}

test('a room that empties and opens again shows all of its new people', () => {
  const state = new RoomState();
  const stream = new FrameStream(state, ORIGIN);
  const shown = new Set<string>();
  let turn = 0;
  const take = (tick: number): void => {
    const frame: Frame = stream.next({ tick, at: new Date(), isFull: false }, ++turn);
    for (const userId of frame.left) shown.delete(userId);
    for (const { userId } of frame.poses) shown.add(userId);
  };
  const change = { version: '1', isWhole: false, openedAt: 1, left: [] };

  state.apply({ ...change, poses: crowd('first', CROWD) });
  take(72_000); // opened an hour ago
  expect(shown.size).toBe(CROWD.length);
  state.apply({ ...change, poses: [], left: [...state.poses.keys()] });
  take(0);
  expect(shown.size).toBe(0);

  state.apply({ ...change, poses: crowd('second', CROWD) });
  for (let tick = 0; tick < 5; tick++) take(tick);
  expect(shown.size).toBe(CROWD.length);
});

test('somebody who enters a small room is in the next frame', () => {
  const state = new RoomState();
  const stream = new FrameStream(state, ORIGIN);
  const change = { version: '1', isWhole: false, openedAt: 1, left: [] };
  state.apply({ ...change, poses: crowd('ada', [0]) });
  stream.next({ tick: 1, at: new Date(), isFull: false }, 1);
  state.apply({ ...change, poses: crowd('bob', [1]) });
  const { joined } = stream.next({ tick: 2, at: new Date(), isFull: false }, 2);
  expect(joined).toEqual([{ slot: 1, userId: 'bob1' }]);
});

test('names that change back between two frames are right for those who joined in between', () => {
  const state = new RoomState();
  const stream = new FrameStream(state, undefined);
  const head = { tick: 1, at: new Date(), isFull: false };
  const shows = (expression: string, x: number) =>
    state.apply({
      version: '1',
      isWhole: false,
      openedAt: 1,
      left: [],
      poses: [['ada', { ...poseAt({ x, y: 0, z: 0 }), expression }]],
    });
  const [early, late] = [new RoomView(), new RoomView()];
  shows('sad', 0);
  early.apply(stream.full(head));
  early.apply(stream.next(head, 1));
  shows('happy', 1);
  late.apply(stream.full(head));
  shows('sad', 2);
  const frame = stream.next(head, 2);
  for (const view of [early, late]) {
    view.apply(frame);
    expect(view.poses.get('ada')).toMatchObject({ position: { x: 2 }, expression: 'sad' });
  }
  shows('sad', 3);
  const { packed } = stream.next(head, 3);
  expect(Buffer.from(packed, 'base64')).toHaveLength(10 + 12);
});

test('a subscriber that changes its stream gets the nearest at once and ends with the same state as all others', () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat(999)), (numbers) => {
      const draw = (below: number) => numbers.next().value % below;
      const state = new RoomState();
      const tiles = [ORIGIN, { column: 9, row: 0 }, undefined];
      const streams = tiles.map((tile) => new FrameStream(state, tile));
      const views = Array.from({ length: 6 }, () => ({ view: new RoomView(), at: -1 }));
      const present = new Set<number>();
      let turn = 0;
      const tick = (isQuiet: boolean) => {
        const head = { tick: ++turn, at: new Date(), isFull: false };
        const [poses, left]: [[string, ReturnType<typeof poseAt>][], string[]] = [[], []];
        for (let change = 0; change < (isQuiet ? 0 : 12); change++) {
          const slot = draw(40);
          if (present.has(slot) && draw(10) === 0) {
            present.delete(slot);
            left.push(`user${slot}`);
            continue;
          }
          if (left.includes(`user${slot}`)) continue;
          present.add(slot);
          const expression = ['', 'sad', 'happy'][draw(3)]!;
          poses.push([`user${slot}`, { ...poseAt({ x: draw(80), y: 0, z: draw(3) }), slot, expression }]);
        }
        state.apply({ version: '1', isWhole: false, openedAt: 1, left, poses });
        const moves = views.map(({ at }) => (isQuiet || (at >= 0 && draw(4) > 0) ? at : draw(streams.length)));
        const known = views.map(({ at }, index) => (at >= 0 && at !== moves[index] ? streams[at]!.known() : undefined));
        const frames = streams.map((stream) => stream.next(head, turn));
        for (const [index, each] of views.entries()) {
          const to = moves[index]!;
          const stream = streams[to]!;
          const transition = known[index] && stream.transition(head, known[index]);
          if (transition && tiles[to]) expect(transition.poses.length).toBeLessThanOrEqual(13);
          each.view.apply(transition ?? (each.at < 0 ? stream.full(head) : frames[to]!));
          each.at = to;
        }
      };
      for (let busy = 0; busy < 40; busy++) tick(false);
      for (let quiet = 0; quiet < 30; quiet++) tick(true);
      const expected = [...state.poses.values()].map(({ userId, shown }) => [
        userId,
        shown.position.x,
        shown.expression,
      ]);
      for (const { view } of views)
        expect(
          [...view.poses].map(([userId, { position, expression }]) => [userId, position.x, expression]).sort(),
        ).toEqual(expected.toSorted());
    }),
    { numRuns: 100 },
  );
});

/** Bytes that a subscriber in the middle gets in a second after the first ones, while `count` people walk in circles at 20 Hz. */
function bytesPerSecond(count: number): { packed: number; json: number } {
  const state = new RoomState();
  const stream = new FrameStream(state, ORIGIN);
  const ids = Array.from({ length: count }, () => newId());
  const edge = Math.ceil(Math.sqrt(count));
  const head = { at: new Date(), isFull: false };
  const bytes = { packed: 0, json: 0 };
  const [warmUp, seconds] = [200, 3];
  for (let tick = 0; tick < warmUp + seconds * TICK_HZ; tick++) {
    const poses = ids.map((id, slot): [string, ReturnType<typeof poseAt>] => {
      const angle = tick / 28 + slot;
      const [column, row] = [slot % edge, Math.floor(slot / edge)].map((at) => (at - edge / 2) * 2) as [number, number];
      const place = { x: column + 2 * Math.cos(angle), y: 0, z: row + 2 * Math.sin(angle) };
      const rotation = { x: 0, y: Math.sin(angle / 2), z: 0, w: Math.cos(angle / 2) };
      return [id, { ...poseAt(place, rotation), animation: 'walk', slot }];
    });
    state.apply({ version: '1', isWhole: false, openedAt: 1, left: [], poses });
    const { packed, joined, left, poses: shown, at } = stream.next({ ...head, tick }, tick);
    if (tick < warmUp) continue;
    const message = (roomFrames: object) =>
      JSON.stringify({ id: '1', type: 'next', payload: { data: { roomFrames } } }).length;
    bytes.packed += message({ packed, joined, left }) / seconds;
    bytes.json += message({ tick, at, poses: shown, left }) / seconds;
  }
  return bytes;
}

test('frames of a crowd of a thousand are hardly larger than those of fifty people', () => {
  const [few, crowd] = [bytesPerSecond(50), bytesPerSecond(1_000)];
  expect(crowd.packed).toBeLessThan(2 * few.packed);
  expect(crowd.json).toBeLessThan(2 * few.json);
  expect(few.json).toBeLessThan(70_000);
});
