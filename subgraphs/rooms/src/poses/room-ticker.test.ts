/** When a ticker reads its room and who gets a frame, with a clock that the test moves and without Redis. */
import { createLogger } from '@chat/kit/logging';
import type { RoomChanges, Seats } from '../occupants/seats';
import { poseAt } from './pose';
import { RoomTicker } from './room-ticker';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** A room with one occupant, whose readings are counted. */
function roomOfOne() {
  const room = { x: 0, readings: 0 };
  const read = (): Promise<RoomChanges> => {
    room.readings++;
    const pose = poseAt({ x: room.x, y: 0, z: 0 });
    return Promise.resolve({ version: '1', isWhole: true, openedAt: 1, poses: [['ada', pose]], left: [] });
  };
  const ticker = new RoomTicker('room', { read } as unknown as Seats, createLogger('test', 'silent'), () => undefined);
  return { room, ticker };
}

test('a movement after a rest is sent at once, and the next one with the next tick', async () => {
  const { room, ticker } = roomOfOne();
  const frames = ticker.follow({ userId: undefined, hz: 20, isEverything: false });
  await jest.advanceTimersByTimeAsync(500);
  expect((await frames.next()).value).toMatchObject({ isFull: true });

  room.x = 1;
  const first = frames.next();
  ticker.moved();
  expect((await first).value?.poses).toMatchObject([{ position: { x: 1 } }]);

  const { readings } = room;
  room.x = 2;
  ticker.moved();
  expect(room.readings).toBe(readings);
  const second = frames.next();
  await jest.advanceTimersByTimeAsync(50);
  expect((await second).value?.poses).toMatchObject([{ position: { x: 2 } }]);
  await frames.return();
});

test('an occupant that enters another tile gets no full frame', async () => {
  const { room, ticker } = roomOfOne();
  const frames = ticker.follow({ userId: 'ada', hz: 20, isEverything: false });
  await jest.advanceTimersByTimeAsync(500);
  expect((await frames.next()).value).toMatchObject({ isFull: true, joined: [{ userId: 'ada' }] });
  room.x = 20;
  const entered = frames.next();
  await jest.advanceTimersByTimeAsync(50);
  const { value } = await entered;
  expect(value).toMatchObject({ isFull: false, joined: [], left: [], poses: [{ position: { x: 20 } }] });
  await frames.return();
});

test('a movement does not raise the rate of a slower follower', async () => {
  const { room, ticker } = roomOfOne();
  const frames = ticker.follow({ userId: undefined, hz: 4, isEverything: false });
  await jest.advanceTimersByTimeAsync(500);
  expect((await frames.next()).value).toMatchObject({ isFull: true });
  let received = 0;
  const receive = async () => {
    for await (const _frame of frames) received++;
  };
  void receive();
  for (let move = 0; move < 100; move++) {
    room.x = move / 10;
    ticker.moved();
    await jest.advanceTimersByTimeAsync(10);
  }
  // Four in this second, and one that follows the full frame.
  expect(received).toBeLessThanOrEqual(5);
  expect(room.readings).toBeLessThanOrEqual(50);
  expect(received).toBeGreaterThan(0);
  await frames.return();
});
