/** Joins, leaves and moderation through the GraphQL API, and the end of seats without clients. */
import { newId } from '@chat/kit/ids';
import { createLogger } from '@chat/kit/logging';
import { closeRedis, connectRedis } from '@chat/kit/redis';
import { eventually } from '@chat/kit/testing/eventually';
import { poseAt } from '../poses/pose';
import type { RoomPerson } from '../testing/room-person';
import { startTestRooms, TestGateway, type TestRooms } from '../testing/test-rooms';
import { Seats } from './seats';

const KICK = `mutation ($roomId: ID!, $userId: ID!, $minutes: Int! = 5) {
  kickOccupant(roomId: $roomId, userId: $userId, minutes: $minutes) }`;
const MUTE = `mutation ($roomId: ID!, $userId: ID!, $minutes: Int! = 5) {
  muteOccupant(roomId: $roomId, userId: $userId, minutes: $minutes) }`;
const ASK = 'mutation ($roomId: ID!) { askToJoin(roomId: $roomId) }';
const ADMIT = 'mutation ($roomId: ID!, $userId: ID!) { admitOccupant(roomId: $roomId, userId: $userId) }';

let rooms: TestRooms;
let gateway: TestGateway;
let ada: RoomPerson;
let bob: RoomPerson;
let eve: RoomPerson;
beforeAll(async () => {
  rooms = await startTestRooms({ TURN_URLS: 'turn:turn.example.org:3478', TURN_SECRET: 'a shared secret of TURN' });
  gateway = new TestGateway(rooms.config);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await rooms[Symbol.asyncDispose]();
});
beforeEach(() => {
  [ada, bob, eve] = [rooms.person(), rooms.person(), rooms.person()];
});

test('an occupant joins, is seen and leaves, and followers hear of it once', async () => {
  const id = await ada.creates();
  const events = await bob.hears(id);
  const joined = await ada.joins(id);
  expect(joined).toMatchObject({ room: { id }, slot: 0, pose: { position: { x: 0, y: 0, z: 0 } } });
  expect(joined.iceServers).toEqual([
    {
      urls: ['turn:turn.example.org:3478'],
      username: expect.stringMatching(new RegExp(`^\\d+:${ada.id}$`)),
      credential: expect.stringMatching(/^[A-Za-z0-9+/]{27}=$/),
    },
  ]);
  expect(await bob.sees(id)).toMatchObject({
    occupantCount: 1,
    occupants: [{ user: { id: ada.id }, slot: 0, avatar: { id: 'default' }, isMuted: false }],
  });
  await ada.leaves(id);
  await ada.leaves(id);
  await bob.joins(id);
  expect((await events.take(3)).map(({ roomEvents }) => roomEvents)).toEqual([
    expect.objectContaining({ __typename: 'OccupantJoined', user: { id: ada.id }, avatar: { id: 'default' } }),
    expect.objectContaining({ __typename: 'OccupantLeft', userId: ada.id }),
    expect.objectContaining({ __typename: 'OccupantJoined', user: { id: bob.id } }),
  ]);
  await events.end();
});

test('a key with READ alone takes no seat and gives none back', async () => {
  const id = await ada.creates();
  await ada.joins(id);
  const reader = rooms.byKey(ada, ada.id, ['READ']);
  expect(await reader.cannotJoin(id)).toMatchObject({ code: 'FORBIDDEN' });
  await expect(reader.leaves(id)).rejects.toThrow('FORBIDDEN');
  expect(await bob.meets(id)).toEqual([ada.id]);
});

test('a full room admits nobody, and a second join of one account takes no second seat', async () => {
  const id = await ada.creates({ capacity: 2 });
  const first = await ada.joins(id);
  await bob.joins(id);
  expect(await eve.cannotJoin(id)).toMatchObject({ code: 'CONFLICT', capacity: 2 });
  const second = await ada.joins(id);
  expect(second.slot).toBe(first.slot);
  expect(second.epoch).not.toBe(first.epoch);
  expect((await eve.sees(id)).occupantCount).toBe(2);
  await bob.leaves(id);
  expect((await eve.joins(id)).slot).toBe(1);
});

test('concurrent joins never exceed the capacity', async () => {
  const id = await ada.creates({ capacity: 5 });
  const people = Array.from({ length: 12 }, () => rooms.person());
  const outcomes = await Promise.allSettled(people.map((person) => person.joins(id)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  const { occupants, occupantCount } = await ada.sees(id);
  expect(occupantCount).toBe(5);
  expect(occupants.map(({ slot }: { slot: number }) => slot)).toEqual([0, 1, 2, 3, 4]);
});

test('guests join rooms that are open to them only', async () => {
  const guest = rooms.person('GUEST');
  const [closed, open] = [await ada.creates(), await ada.creates({ openToGuests: true })];
  expect(await guest.cannotJoin(closed)).toMatchObject({ code: 'FORBIDDEN' });
  await guest.joins(open);
  await guest.moves(open, { x: 1 });
});

test('moderators remove, mute and let in; others do not', async () => {
  const id = await ada.creates({ hasLobby: true });
  expect(await bob.cannotJoin(id)).toMatchObject({ code: 'FORBIDDEN' });
  const about = { roomId: id, userId: bob.id };
  expect(await ada.isRefused(ADMIT, about)).toMatchObject({ code: 'NOT_FOUND' });
  await bob.does(ASK, { roomId: id });
  expect(await eve.isRefused(ADMIT, about)).toMatchObject({ code: 'FORBIDDEN' });
  await ada.does(ADMIT, about);
  await bob.joins(id);

  for (const text of [KICK, MUTE]) expect(await eve.isRefused(text, about)).toMatchObject({ code: 'FORBIDDEN' });
  await ada.does(MUTE, about);
  expect((await ada.sees(id)).occupants).toEqual([expect.objectContaining({ isMuted: true })]);
  expect(await ada.isRefused(KICK, { ...about, minutes: -1 })).toMatchObject({
    fields: { minutes: expect.any(String) },
  });
  await ada.does(KICK, about);
  expect(await ada.meets(id)).toEqual([]);
  expect(await bob.cannotJoin(id)).toMatchObject({ code: 'FORBIDDEN' });
});

test('a persistent room gives back the last pose, others the spawn', async () => {
  const spawn = { position: { x: 1, y: 0, z: 0 } };
  const [kept, forgotten] = [await ada.creates({ persistent: true, spawn }), await ada.creates({ spawn })];
  for (const id of [kept, forgotten]) {
    await bob.joins(id);
    await bob.moves(id, { x: 3, z: 4 });
    await bob.leaves(id);
  }
  expect((await bob.joins(kept)).pose.position).toEqual({ x: 3, y: 0, z: 4 });
  expect((await bob.joins(forgotten)).pose.position).toEqual(spawn.position);
});

test('a seat ends soon after its connection, and not with another one of the account', async () => {
  const id = await ada.creates();
  const connection = await gateway.connects(bob);
  await bob.joins(id);
  const other = await gateway.connects(bob);
  await gateway.disconnects(bob, other);
  bob.connection = connection;
  await gateway.connects(eve);
  await eve.joins(id);
  const began = performance.now();
  await gateway.disconnects(bob);
  await eventually(async () => (await ada.meets(id)).join() === eve.id, 'the end of a seat');
  expect(performance.now() - began).toBeGreaterThan(500);
  await eventually(async () => (await ada.sees(id)).occupantCount === 1, 'the count');
  await gateway.disconnects(eve);
});

test('a client that comes back in time keeps its seat by following the frames', async () => {
  const id = await ada.creates();
  await gateway.connects(bob);
  await gateway.connects(eve);
  const { epoch } = await bob.joins(id);
  await eve.joins(id);
  await gateway.disconnects(bob);
  await gateway.disconnects(eve);
  await gateway.connects(bob);
  const frames = await bob.watches(id);
  await eventually(async () => (await ada.meets(id)).join() === bob.id, 'the seat of the other one ends');
  await bob.moves(id, { x: 1 });
  expect(epoch).toBeTruthy();
  await frames.end();
  await gateway.disconnects(bob);
  await eventually(async () => (await ada.meets(id)).length === 0, 'the end of the seat');
});

test('a join over HTTP is bound to the connection that follows the frames', async () => {
  const id = await ada.creates();
  const connection = await gateway.connects(bob);
  const frames = await bob.watches(id);
  bob.connection = undefined;
  await bob.joins(id);
  bob.connection = connection;
  await gateway.disconnects(bob);
  await eventually(async () => (await ada.meets(id)).length === 0, 'the end of the seat');
  await frames.end();
});

test('a second tab replaces the first, which then cannot move', async () => {
  const id = await ada.creates();
  const first = await gateway.connects(bob);
  await bob.joins(id);
  const second = await gateway.connects(bob);
  await bob.joins(id);
  bob.connection = first;
  expect(await bob.cannotMove(id, { x: 1 })).toMatchObject({ code: 'CONFLICT' });
  await gateway.disconnects(bob, first);
  bob.connection = second;
  await bob.moves(id, { x: 1 });
  await eventually(async () => (await ada.sees(id)).occupantCount === 1, 'one seat');
  await gateway.disconnects(bob, second);
});

test('the seats of a killed gateway end, those of others do not', async () => {
  const id = await ada.creates();
  const doomed = new TestGateway(rooms.config);
  await doomed.connects(bob);
  await gateway.connects(eve);
  await bob.joins(id);
  await eve.joins(id);
  doomed.dies();
  await eventually(async () => (await ada.meets(id)).join() === eve.id, 'the end of one seat');
  await gateway.disconnects(eve);
});

test('a connection of a gateway whose first pulse is not there yet keeps its seat for the grace period', async () => {
  const redis = connectRedis(rooms.config.REDIS_URL, createLogger('test', 'error'));
  const seats = new Seats(redis, `${rooms.config.REDIS_PREFIX}alone:`); // no process sweeps here
  const [roomId, userId] = [newId(), newId()];
  const seat = { roomId, userId, capacity: 2, avatarId: null, basis: 'open', isMuted: false } as const;
  try {
    await eventually(() => redis.status === 'ready', 'Redis');
    await seats.join({ ...seat, connection: 'beginning/1', pose: poseAt({ x: 0, y: 0, z: 0 }) });
    expect(await seats.sweep()).toMatchObject({ removed: 0 });
    expect(await seats.counts([roomId])).toEqual([1]);
    await eventually(async () => (await seats.sweep())?.removed === 1, 'the end of the seat');
  } finally {
    await closeRedis(redis);
  }
});
