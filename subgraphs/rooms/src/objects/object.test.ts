/** Objects through the GraphQL API: allowed and refused operations in one set-up. */
import type { Data } from '@chat/kit/testing/person';
import type { RoomPerson } from '../testing/room-person';
import { startTestRooms, type TestRooms } from '../testing/test-rooms';

const PLACE = 'mutation ($input: PlaceObjectInput!) { placeObject(input: $input) { id kind state version } }';
const UPDATE = 'mutation ($input: UpdateObjectInput!) { updateObject(input: $input) { id state version } }';
const LOCK = 'mutation ($id: ID!, $isLocked: Boolean!) { lockObject(id: $id, isLocked: $isLocked) { isLocked } }';
const REMOVE = 'mutation ($id: ID!) { removeObject(id: $id) }';
const INTERACT = 'mutation ($input: InteractInput!) { interact(input: $input) { object { id state } } }';

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

const transform = { position: { x: 1, y: 0, z: 0 } };
const place = async (person: RoomPerson, kind: string, more: object = {}): Promise<Data> =>
  (await person.does(PLACE, { input: { roomId: id, kind, transform, ...more } })).placeObject;

test('an object is placed, changed by version, used and removed, and followers hear of it', async () => {
  const events = await bob.hears(id);
  const door = await place(ada, 'door');
  expect(door).toMatchObject({ kind: 'door', state: { open: false }, version: 1 });
  const update = (version: number, state: object) => ({ input: { id: door.id, version, state } });
  expect((await bob.does(UPDATE, update(1, { open: false, color: 'red' }))).updateObject.version).toBe(2);
  expect(await ada.isRefused(UPDATE, update(1, {}))).toMatchObject({ code: 'CONFLICT', version: 2 });
  await bob.joins(id);
  const use = (action: string) => ({ input: { objectId: door.id, action } });
  expect((await bob.does(INTERACT, use('open'))).interact.object.state).toEqual({ open: true, color: 'red' });
  expect(await bob.isRefused(INTERACT, use('open'))).toMatchObject({ code: 'CONFLICT' });
  expect(await bob.isRefused(INTERACT, use('eat'))).toMatchObject({ fields: { action: expect.any(String) } });
  expect((await bob.sees(id)).objects).toEqual([expect.objectContaining({ id: door.id, version: 3 })]);
  const heard = (await events.take(4)).map(({ roomEvents }) => roomEvents);
  expect(heard.map(({ __typename }: Data) => __typename)).toEqual([
    'ObjectChanged',
    'ObjectChanged',
    'OccupantJoined',
    'InteractionHappened',
  ]);
  expect(heard[3]).toMatchObject({ user: { id: bob.id }, action: 'open', object: { id: door.id } });
  expect(await bob.isRefused(REMOVE, { id: door.id })).toMatchObject({ code: 'FORBIDDEN' });
  await ada.does(REMOVE, { id: door.id });
  expect((await events.take(1))[0].roomEvents).toMatchObject({ __typename: 'ObjectRemoved', objectId: door.id });
  expect(await ada.isRefused(REMOVE, { id: door.id })).toMatchObject({ code: 'NOT_FOUND' });
  await events.end();

  // Events about an object that is gone still arrive.
  const again = await bob.hears(id, heard[0].cursor);
  expect((await again.take(1))[0].roomEvents).toMatchObject({ __typename: 'ObjectRemoved', objectId: door.id });
  await again.end();
});

test('concurrent changes of one version: one wins', async () => {
  const lamp = await place(ada, 'lamp');
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) => bob.does(UPDATE, { input: { id: lamp.id, version: 1, state: { index } } })),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test('a locked object belongs to its owner and to moderators', async () => {
  const chair = await place(bob, 'chair');
  expect(await rooms.person().isRefused(LOCK, { id: chair.id, isLocked: true })).toMatchObject({ code: 'FORBIDDEN' });
  await bob.does(LOCK, { id: chair.id, isLocked: true });
  const change = { input: { id: chair.id, version: 2, transform } };
  expect(await rooms.person().isRefused(UPDATE, change)).toMatchObject({ code: 'FORBIDDEN' });
  await ada.does(UPDATE, change);
});

test('guests and strangers change nothing, and a wrong state is named', async () => {
  const guest = rooms.person('GUEST');
  const input = { roomId: id, kind: 'door', transform };
  expect(await guest.isRefused(PLACE, { input })).toMatchObject({ code: 'FORBIDDEN' });
  for (const state of ['text', [1], { text: 'x'.repeat(20_000) }])
    expect(await ada.isRefused(PLACE, { input: { ...input, state } })).toMatchObject({
      fields: { state: expect.any(String) },
    });
  const hidden = await ada.creates({ isPrivate: true });
  const object = (await ada.does(PLACE, { input: { ...input, roomId: hidden } })).placeObject;
  for (const [text, variables] of [
    [PLACE, { input: { ...input, roomId: hidden } }],
    [UPDATE, { input: { id: object.id, version: 1 } }],
    [REMOVE, { id: object.id }],
    [INTERACT, { input: { objectId: object.id, action: 'open' } }],
  ] as const)
    expect(await bob.isRefused(text, variables)).toEqual({ code: 'NOT_FOUND' });
  const door = await place(ada, 'door');
  expect(await bob.isRefused(INTERACT, { input: { objectId: door.id, action: 'open' } })).toMatchObject({
    code: 'FORBIDDEN',
  });
});
