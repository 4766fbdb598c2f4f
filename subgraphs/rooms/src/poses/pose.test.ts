/** Movements and frames through the GraphQL API. */
import { RoomView } from '@chat/room-codec';
import { Moods } from '@chat/kit/avatars/moods';
import type { VrmExpression } from '@chat/kit/avatars/vrm-expressions';
import { createLogger } from '@chat/kit/logging';
import { closeRedis, connectRedis } from '@chat/kit/redis';
import { eventually } from '@chat/kit/testing/eventually';
import type { Data, Listening } from '@chat/kit/testing/person';
import type { RoomPerson } from '../testing/room-person';
import { startTestRooms, type TestRooms } from '../testing/test-rooms';

const PLAY = 'mutation ($roomId: ID!, $name: String!) { playAnimation(roomId: $roomId, name: $name) }';

let rooms: TestRooms;
let ada: RoomPerson;
let bob: RoomPerson;
let id: string;
beforeAll(async () => void (rooms = await startTestRooms()));
afterAll(() => rooms[Symbol.asyncDispose]());
beforeEach(async () => {
  [ada, bob] = [rooms.person(), rooms.person()];
  id = await ada.creates();
});

const frameOf = async (frames: Listening): Promise<Data> => (await frames.take(1))[0].roomFrames;

/** Reads frames until one fits. */
async function until(frames: Listening, fits: (frame: Data) => boolean): Promise<Data> {
  for (;;) {
    const frame = await frameOf(frames);
    if (fits(frame)) return frame;
  }
}

test('the first frame is full, later ones have the changes, and leaving is told', async () => {
  await ada.joins(id);
  await bob.joins(id);
  await bob.moves(id, { x: 1.234, y: 0, z: -2 }, { animation: 'walk', expression: 'happy' });
  const frames = await ada.watches(id);
  const first = await frameOf(frames);
  expect(first.isFull).toBe(true);
  expect(first.poses.map(({ userId }: Data) => userId).sort()).toEqual([ada.id, bob.id].sort());
  expect(first.poses.find(({ userId }: Data) => userId === bob.id)).toMatchObject({
    position: { x: 1.23, y: 0, z: -2 },
    animation: 'walk',
    expression: 'happy',
  });
  await bob.moves(id, { x: 2, z: -2 }, { rotation: { x: 0, y: 2, z: 0, w: 0 } });
  const second = await until(frames, ({ poses }) => poses.length > 0);
  expect(second).toMatchObject({
    isFull: false,
    left: [],
    poses: [{ userId: bob.id, position: { x: 2 }, rotation: { y: 1, w: 0 }, animation: 'walk' }],
  });
  expect(second.tick).toBeGreaterThanOrEqual(first.tick);
  await bob.leaves(id);
  expect((await until(frames, ({ left }) => left.length > 0)).left).toEqual([bob.id]);
  await frames.end();
});

test('packed frames hold the same as the others', async () => {
  const people = [ada, bob, ...Array.from({ length: 20 }, () => rooms.person())];
  for (const person of people) await person.joins(id);
  const frames = await ada.watches(id);
  const view = new RoomView();
  const shown = new Map<string, Data>();
  const apply = (frame: Data) => {
    view.apply(frame);
    if (frame.isFull) shown.clear();
    for (const userId of frame.left) shown.delete(userId);
    for (const pose of frame.poses) shown.set(pose.userId, pose);
  };
  apply(await frameOf(frames));
  for (const [index, person] of people.entries())
    await person.moves(
      id,
      { x: index - 10, z: index / 7 },
      { animation: 'run', rotation: { x: 0, y: index, z: 1, w: 2 } },
    );
  await people[3]!.leaves(id);
  const isCurrent = () =>
    !view.poses.has(people[3]!.id) && [...shown.values()].every(({ animation }) => animation === 'run');
  while (!isCurrent()) apply(await frameOf(frames));
  expect(view.poses.size).toBe(21);
  for (const [userId, { position, rotation, animation, expression }] of view.poses) {
    const same = shown.get(userId);
    expect({ position, animation, expression }).toEqual({
      position: same.position,
      animation: same.animation,
      expression: same.expression,
    });
    for (const axis of ['x', 'y', 'z', 'w'] as const) expect(rotation[axis]).toBeCloseTo(same.rotation[axis], 2);
  }
  await frames.end();
});

test('late joiners never see an old state', async () => {
  await bob.joins(id);
  await bob.moves(id, { x: 5 });
  await bob.leaves(id);
  const frames = await ada.watches(id);
  expect(await frameOf(frames)).toMatchObject({ isFull: true, poses: [], joined: [] });
  await bob.joins(id);
  expect((await until(frames, ({ poses }) => poses.length > 0)).poses).toMatchObject([{ position: { x: 0 } }]);
  await frames.end();
});

test('maxHz lowers the rate', async () => {
  expect(await ada.mayFollow('subscription ($id: ID!) { roomFrames(roomId: $id) { tick } }', { id })).toBe(true);
  await bob.joins(id);
  const frames = await ada.watches(id, { maxHz: 4 });
  await frameOf(frames);
  const moving = { isDone: false };
  const keepMoving = (async () => {
    for (let step = 0; !moving.isDone; step++) await bob.moves(id, { x: step / 500 }); // walks, however fast the moves come
  })();
  const [first, ...rest] = (await frames.take(4)).map(({ roomFrames }) => roomFrames);
  moving.isDone = true;
  await keepMoving;
  expect(rest.at(-1).tick - first.tick).toBeGreaterThanOrEqual(3 * 5 - 2);
  await frames.end();
  await expect(ada.watches(id, { maxHz: 0 })).rejects.toThrow('maxHz');
});

test('a move needs a seat, a place in the room and a possible speed', async () => {
  expect(await bob.cannotMove(id, {})).toMatchObject({ code: 'FORBIDDEN' });
  await bob.joins(id);
  const written = (x: string) =>
    bob.isRefused(`mutation { move(input: { roomId: "${id}", position: { x: ${x}, y: 0, z: 0 } }) }`);
  for (const x of ['1e999', '-1e999', '"NaN"']) expect(await written(x)).toMatchObject({ code: 'BAD_USER_INPUT' });
  for (const place of [{ x: 1000 }, { y: -301 }, { z: 1e30 }, { x: NaN }, { y: -Infinity }])
    expect(await bob.cannotMove(id, place)).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await bob.cannotMove(id, { x: 100 })).toMatchObject({ fields: { position: expect.any(String) } });
  for (const more of [{ animation: '' }, { animation: 'x'.repeat(41) }, { expression: 'a\nb' }, { expression: '<b>' }])
    expect(await bob.cannotMove(id, {}, more)).toMatchObject({
      fields: { [Object.keys(more)[0]!]: expect.any(String) },
    });
  expect((await ada.sees(id)).occupants[0].pose.position).toEqual({ x: 0, y: 0, z: 0 });
  await bob.moves(id, { x: 20 });
  expect(await bob.cannotMove(id, { x: 45 })).toMatchObject({ code: 'BAD_USER_INPUT' });
  await eventually(
    async () =>
      bob.moves(id, { x: 45 }).then(
        () => true,
        () => false,
      ),
    'the allowance to refill',
  );
});

test('a move writes nothing to PostgreSQL and reads nothing from it', async () => {
  await bob.joins(id);
  const another = await rooms.startAnother();
  const elsewhere = rooms.elsewhere(bob, another);
  await elsewhere.moves(id, { x: 1 });
  // Without its database a process still moves avatars.
  const database = (another as unknown as { parts: { database: AsyncDisposable } }).parts.database;
  await database[Symbol.asyncDispose]();
  await elsewhere.moves(id, { x: 2 });
  expect((await ada.sees(id)).occupants[0].pose.position.x).toBe(2);
});

test('animations of the catalogue play in place', async () => {
  expect(await bob.isRefused(PLAY, { roomId: id, name: 'wave' })).toMatchObject({ code: 'FORBIDDEN' });
  await bob.joins(id);
  await bob.moves(id, { x: 3 });
  expect(await bob.isRefused(PLAY, { roomId: id, name: 'explode' })).toMatchObject({
    fields: { name: expect.any(String) },
  });
  await bob.does(PLAY, { roomId: id, name: 'wave' });
  expect((await ada.sees(id)).occupants[0].pose).toMatchObject({ position: { x: 3 }, animation: 'wave' });
});

test('an avatar shows the mood of messages if its account has joined so, and as long as it has a seat', async () => {
  const JOIN = 'mutation ($roomId: ID!) { joinRoom(roomId: $roomId, showsMood: true) { slot } }';
  const { REDIS_URL, REDIS_PREFIX } = rooms.config;
  const redis = connectRedis(REDIS_URL, createLogger('test', 'error'));
  const moods = new Moods(redis, REDIS_PREFIX);
  const judged: string[] = [];
  /** What messaging does after a message of each person. */
  const tell = (expression: VrmExpression) =>
    moods.tell(
      new Map(
        [ada, bob].map(({ id: userId }) => [
          userId,
          () => {
            judged.push(userId);
            return expression;
          },
        ]),
      ),
    );
  const expressions = async () =>
    Object.fromEntries((await ada.sees(id)).occupants.map(({ user, pose }: Data) => [user.id, pose.expression]));
  try {
    await ada.joins(id);
    await bob.does(JOIN, { roomId: id });
    await bob.moves(id, { x: 1 });
    await eventually(async () => {
      await tell('happy');
      return (await expressions())[bob.id] === 'happy';
    }, 'a happy face');
    expect(await expressions()).toEqual({ [ada.id]: null, [bob.id]: 'happy' });
    await tell('sad');
    await eventually(async () => (await expressions())[bob.id] === 'sad', 'a sad face');
    expect((await bob.sees(id)).occupants.find(({ user }: Data) => user.id === bob.id).pose.position.x).toBe(1);
    await bob.leaves(id);
    await eventually(async () => {
      await tell('angry');
      return (await moods.rooms(bob.id)).length === 0;
    }, 'the end of interest');
    await bob.joins(id); // decides anew
    judged.length = 0;
    await tell('angry');
    expect(judged).toEqual([]);
    expect((await expressions())[bob.id]).not.toBe('angry');
  } finally {
    await closeRedis(redis);
  }
});
