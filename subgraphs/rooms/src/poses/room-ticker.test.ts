/** When a ticker reads its room and who gets a frame, with a clock that the test moves and without Redis. */
import { createLogger } from '@chat/kit/logging';
import type { Move, MoveResult, RoomChanges, Seats } from '../occupants/seats';
import { poseAt } from './pose';
import { RoomFrames } from './room-frames';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const moveTo = (x: number, userId = 'ada'): Move => ({
  roomId: 'room',
  userId,
  connection: undefined,
  pose: { position: { x, y: 0, z: 0 } },
});

/** A room with one occupant, whose readings are counted. */
function roomOfOne() {
  const room = {
    x: 0,
    readings: 0,
    /** The places of all moves in their order, and the commands that took them. */
    taken: [] as number[],
    commands: [] as ('alone' | 'turn')[],
    isAway: false,
    /** Moves outside a turn wait for it. */
    gate: Promise.resolve(),
    /** The time that a reading takes, in milliseconds. */
    readingMs: 0,
  };
  const apply = (move: Move): MoveResult => {
    room.x = move.pose.position!.x;
    room.taken.push(room.x);
    return 'OK';
  };
  const turn = async (_roomId: string, _since: string, moves: readonly Move[]) => {
    room.readings++;
    if (room.readingMs > 0) await new Promise((resolve) => setTimeout(resolve, room.readingMs));
    if (room.isAway) throw new Error('Redis is away');
    if (moves.length > 0) room.commands.push('turn');
    const results = moves.map(apply);
    const pose = poseAt({ x: room.x, y: 0, z: 0 });
    const changes: RoomChanges = { version: '1', isWhole: true, openedAt: 1, poses: [['ada', pose]], left: [] };
    return { results, changes };
  };
  const move = async (given: Move) => {
    await room.gate;
    room.commands.push('alone');
    return apply(given);
  };
  const seats = { turn, move } as unknown as Seats;
  const frames = new RoomFrames(seats, createLogger('test', 'silent'));
  const follow = (following: Parameters<RoomFrames['follow']>[1]) => frames.follow('room', following);
  return { room, follow, move: (given: Move) => frames.move(given) };
}

const FULL_RATE = { userId: undefined, hz: 20, isEverything: false };

test('a movement after a rest is sent at once, and the next one with the next tick', async () => {
  const { room, follow, move } = roomOfOne();
  const frames = follow(FULL_RATE);
  await jest.advanceTimersByTimeAsync(500);
  expect((await frames.next()).value).toMatchObject({ isFull: true });

  const first = frames.next();
  const moved = move(moveTo(1));
  await jest.advanceTimersByTimeAsync(0);
  expect((await first).value?.poses).toMatchObject([{ position: { x: 1 } }]);
  expect(await moved).toBe('OK');

  const { readings } = room;
  const second = frames.next();
  const again = move(moveTo(2));
  await jest.advanceTimersByTimeAsync(0);
  expect(room.readings).toBe(readings);
  await jest.advanceTimersByTimeAsync(50);
  expect((await second).value?.poses).toMatchObject([{ position: { x: 2 } }]);
  expect(await again).toBe('OK');
  await frames.return();
});

test('moves of one tick are one command, in their order', async () => {
  const { room, follow, move } = roomOfOne();
  const frames = follow(FULL_RATE);
  await jest.advanceTimersByTimeAsync(500);
  await Promise.all([move(moveTo(1)), jest.advanceTimersByTimeAsync(0)]);
  room.commands = [];
  const moves = [2, 3, 4, 5].map((x) => move(moveTo(x)));
  await jest.advanceTimersByTimeAsync(50);
  expect(await Promise.all(moves)).toEqual(['OK', 'OK', 'OK', 'OK']);
  expect(room).toMatchObject({ taken: [1, 2, 3, 4, 5], commands: ['turn'] });
  await frames.return();
});

test('moves without followers go at once, and those that wait go when the last follower leaves', async () => {
  const { room, follow, move } = roomOfOne();
  expect(await move(moveTo(1))).toBe('OK');
  const frames = follow(FULL_RATE);
  await jest.advanceTimersByTimeAsync(500);
  await Promise.all([move(moveTo(2)), jest.advanceTimersByTimeAsync(0)]);
  const waiting = [move(moveTo(3)), move(moveTo(4))];
  await frames.return();
  const after = move(moveTo(5));
  expect(await Promise.all([...waiting, after])).toEqual(['OK', 'OK', 'OK']);
  expect(room.taken).toEqual([1, 2, 3, 4, 5]);
});

test('a move does not overtake one that began before anybody followed', async () => {
  const { room, follow, move } = roomOfOne();
  const { promise, resolve } = Promise.withResolvers<void>();
  room.gate = promise;
  const first = move(moveTo(1));
  const frames = follow(FULL_RATE);
  const second = move(moveTo(2));
  await jest.advanceTimersByTimeAsync(200);
  resolve();
  expect(await Promise.all([first, second])).toEqual(['OK', 'OK']);
  expect(room).toMatchObject({ taken: [1, 2], commands: ['alone', 'alone'] });
  const third = move(moveTo(3));
  await jest.advanceTimersByTimeAsync(50);
  expect(await third).toBe('OK');
  expect(room.commands.at(-1)).toBe('turn');
  await frames.return();
});

test('moves are refused if Redis does not take them, and later ones are taken', async () => {
  const { room, follow, move } = roomOfOne();
  const frames = follow(FULL_RATE);
  await jest.advanceTimersByTimeAsync(500);
  room.isAway = true;
  const refused = expect(Promise.all([move(moveTo(1)), move(moveTo(2))])).rejects.toThrow('Redis is away');
  await jest.advanceTimersByTimeAsync(100);
  await refused;
  room.isAway = false;
  const taken = move(moveTo(3));
  await jest.advanceTimersByTimeAsync(100);
  expect(await taken).toBe('OK');
  expect(room.taken).toEqual([3]);
  await frames.return();
});

test('moves wait for no further tick if a reading takes longer than one', async () => {
  const { room, follow, move } = roomOfOne();
  const frames = follow(FULL_RATE);
  await jest.advanceTimersByTimeAsync(500);
  const before = room.readings;
  room.readingMs = 60;
  const first = move(moveTo(1));
  await jest.advanceTimersByTimeAsync(10);
  const second = move(moveTo(2));
  await jest.advanceTimersByTimeAsync(51);
  expect(await first).toBe('OK');
  expect(room.readings).toBe(before + 2);
  await jest.advanceTimersByTimeAsync(60);
  expect(await second).toBe('OK');
  expect(room.taken).toEqual([1, 2]);
  room.readingMs = 0;
  await jest.advanceTimersByTimeAsync(1_000);
  const { readings } = room;
  await jest.advanceTimersByTimeAsync(1_000);
  expect(room.readings - readings).toBe(20);
  await frames.return();
});

test('more moves than one reading takes are taken with the next ones', async () => {
  const { room, follow, move } = roomOfOne();
  const frames = follow(FULL_RATE);
  await jest.advanceTimersByTimeAsync(500);
  const places = Array.from({ length: 1_500 }, (_, index) => index);
  const moves = places.map((x) => move(moveTo(x)));
  await jest.advanceTimersByTimeAsync(100);
  await Promise.all(moves);
  expect(room).toMatchObject({ taken: places, commands: ['turn', 'turn'] });
  await frames.return();
});

test('an occupant that enters another tile gets no full frame', async () => {
  const { room, follow } = roomOfOne();
  const frames = follow({ userId: 'ada', hz: 20, isEverything: false });
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
  const { room, follow, move } = roomOfOne();
  const frames = follow({ userId: undefined, hz: 4, isEverything: false });
  await jest.advanceTimersByTimeAsync(500);
  expect((await frames.next()).value).toMatchObject({ isFull: true });
  let received = 0;
  const receive = async () => {
    for await (const _frame of frames) received++;
  };
  void receive();
  for (let step = 0; step < 100; step++) {
    void move(moveTo(step / 10));
    await jest.advanceTimersByTimeAsync(10);
  }
  // Four in this second, and one that follows the full frame.
  expect(received).toBeLessThanOrEqual(5);
  expect(room.readings).toBeLessThanOrEqual(50);
  expect(received).toBeGreaterThan(0);
  await frames.return();
});
