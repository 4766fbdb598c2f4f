/** Seats of a gateway that was taken for dead and comes back: they are given back, unless something newer has happened to them. */
import { eventually } from '@chat/kit/testing/eventually';
import type { RoomPerson } from '../testing/room-person';
import { startTestRooms, TestGateway, type TestRooms } from '../testing/test-rooms';

const KICK = 'mutation ($roomId: ID!, $userId: ID!) { kickOccupant(roomId: $roomId, userId: $userId, minutes: 5) }';
const MUTE = 'mutation ($roomId: ID!, $userId: ID!) { muteOccupant(roomId: $roomId, userId: $userId, minutes: 5) }';
const DELETE = 'mutation ($id: ID!) { deleteRoom(id: $id) }';

let rooms: TestRooms;
/** Never stops. */
let gateway: TestGateway;
let ada: RoomPerson;
let bob: RoomPerson;
let eve: RoomPerson;
let stopped: TestGateway;
beforeAll(async () => {
  rooms = await startTestRooms();
  gateway = new TestGateway(rooms.config);
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await rooms[Symbol.asyncDispose]();
});
beforeEach(() => {
  [ada, bob, eve] = [rooms.person(), rooms.person(), rooms.person()];
  stopped = new TestGateway(rooms.config);
});
afterEach(() => stopped[Symbol.asyncDispose]());

/** People join over a gateway that then stops, until their seats have ended. */
async function lose(id: string, ...people: RoomPerson[]): Promise<void> {
  for (const person of people) {
    await stopped.connects(person);
    await person.joins(id);
  }
  stopped.dies();
  const ids = people.map((person) => person.id);
  await eventually(async () => !(await ada.meets(id)).some((found) => ids.includes(found)), 'the end of the seats');
}

const isThere = (id: string, ...people: RoomPerson[]) =>
  eventually(
    async () =>
      (await ada.meets(id)).join() ===
      people
        .map((person) => person.id)
        .sort()
        .join(),
    'the seats of these people',
  );

test('clients have their seats, poses and names again, and everybody hears of it once', async () => {
  const id = await ada.creates();
  const events = await ada.hears(id);
  const frames = await ada.watches(id);
  await stopped.connects(bob);
  await bob.joins(id);
  await bob.moves(id, { x: 2 }, { animation: 'walk' });
  await lose(id);
  await eventually(async () => (await ada.meets(id)).length === 0, 'the end of the seat');
  await stopped.revives();
  await isThere(id, bob);
  expect((await ada.sees(id)).occupants).toMatchObject([{ pose: { position: { x: 2 }, animation: 'walk' } }]);
  await bob.moves(id, { x: 3 });
  const names = (await events.take(3)).map(({ roomEvents }) => roomEvents.__typename);
  expect(names).toEqual(['OccupantJoined', 'OccupantLeft', 'OccupantJoined']);
  const seen: string[] = [];
  for (let last = ''; last !== 'joined again';) {
    const [{ roomFrames }] = await frames.take(1);
    if (roomFrames.left.includes(bob.id)) seen.push((last = 'left'));
    else if (last === 'left' && roomFrames.joined.length > 0) last = 'joined again';
  }
  expect(seen).toEqual(['left']);
  // It is an ordinary seat: it ends with its connection.
  await stopped.disconnects(bob);
  await isThere(id);
  expect((await events.take(1))[0].roomEvents.__typename).toBe('OccupantLeft');
});

test('not to those who have left, were removed or muted, or have disconnected meanwhile', async () => {
  const id = await ada.creates();
  const [left, kicked, muted, gone, stays] = Array.from({ length: 5 }, () => rooms.person());
  await lose(id, left!, kicked!, muted!, gone!, stays!);
  await left!.leaves(id);
  await ada.does(KICK, { roomId: id, userId: kicked!.id });
  await ada.does(MUTE, { roomId: id, userId: muted!.id });
  // The gateway hears of the end of a connection when it goes on.
  await Promise.all([stopped.disconnects(gone!), stopped.revives()]);
  await isThere(id, stays!);
  await muted!.joins(id);
  expect((await ada.sees(id)).occupants).toMatchObject([{ isMuted: false }, { isMuted: true }]);
});

test('not if the account has joined from elsewhere, whose seat stays', async () => {
  const id = await ada.creates();
  await lose(id, bob, eve);
  const first = bob.connection;
  await gateway.connects(bob);
  await bob.joins(id);
  await stopped.revives();
  await isThere(id, bob, eve);
  await bob.moves(id, { x: 1 });
  bob.connection = first;
  expect(await bob.cannotMove(id, { x: 1 })).toMatchObject({ code: 'CONFLICT' });
});

test('not if the room is full or deleted', async () => {
  const [full, deleted] = [await ada.creates({ capacity: 1 }), await ada.creates()];
  await stopped.connects(eve);
  await eve.joins(deleted);
  await lose(full, bob);
  await eventually(async () => (await ada.meets(deleted)).length === 0, 'the end of the other seat');
  await gateway.connects(ada);
  await ada.joins(full);
  await ada.does(DELETE, { id: deleted });
  const last = await ada.creates();
  await ada.joins(last);
  await stopped.revives();
  await stopped.connects(bob);
  await bob.joins(last);
  await isThere(last, ada, bob);
  await stopped.disconnects(bob);
  await isThere(last, ada); // by now, the seats were checked with the gateway alive
  expect(await ada.meets(full)).toEqual([ada.id]);
  expect(await bob.cannotJoin(deleted)).toMatchObject({ code: 'NOT_FOUND' });
});
