/** Rooms through the GraphQL API: allowed and refused operations in one set-up. */
import { newId } from '@chat/kit/ids';
import { walkBothWays } from '@chat/kit/testing/pages';
import type { RoomPerson } from '../testing/room-person';
import { startTestRooms, type TestRooms } from '../testing/test-rooms';

const READ = 'query ($id: ID!) { room(id: $id) { id name capacity environment spawn { position { x y z } } } }';
const CREATE = 'mutation ($input: CreateRoomInput!) { createRoom(input: $input) { id } }';
const UPDATE = 'mutation ($input: UpdateRoomInput!) { updateRoom(input: $input) { name capacity } }';
const LOCK =
  'mutation ($roomId: ID!, $isLocked: Boolean!) { lockRoom(roomId: $roomId, isLocked: $isLocked) { isLocked } }';
const DELETE = 'mutation ($id: ID!) { deleteRoom(id: $id) }';
const LIST = `query ($first: Int, $after: String, $last: Int, $before: String) {
  rooms(first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { name occupantCount } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

let rooms: TestRooms;
let ada: RoomPerson;
let bob: RoomPerson;
let guest: RoomPerson;
let administrator: RoomPerson;
beforeAll(async () => {
  rooms = await startTestRooms();
  administrator = rooms.person('ADMIN');
});
afterAll(() => rooms[Symbol.asyncDispose]());
beforeEach(() => {
  [ada, bob, guest] = [rooms.person(), rooms.person(), rooms.person('GUEST')];
});

test('a room has defaults, and everybody sees a public one', async () => {
  const id = await ada.creates();
  for (const person of [ada, bob, guest])
    expect((await person.does(READ, { id })).room).toEqual({
      id,
      name: 'Plaza',
      capacity: 50,
      environment: 'plaza',
      spawn: { position: { x: 0, y: 0, z: 0 } },
    });
  for (const none of [newId(), 'nothing', ''])
    expect(await bob.isRefused(READ, { id: none })).toEqual({ code: 'NOT_FOUND' });
});

test('a private room does not exist for accounts without a grant', async () => {
  const id = await ada.creates({ isPrivate: true });
  for (const person of [ada, administrator]) expect((await person.does(READ, { id })).room).toMatchObject({ id });
  for (const person of [bob, guest]) {
    expect(await person.isRefused(READ, { id })).toEqual({ code: 'NOT_FOUND' });
    expect(await person.cannotJoin(id)).toEqual({ code: 'NOT_FOUND' });
    expect(await person.cannotMove(id, {})).toEqual({ code: 'NOT_FOUND' });
    await expect(person.watches(id)).rejects.toThrow('NOT_FOUND');
    await expect(person.hears(id)).rejects.toThrow('NOT_FOUND');
  }
});

test('every wrong setting is named', async () => {
  const wrong: [object, string][] = [
    [{ name: '' }, 'name'],
    [{ name: 'two\nlines' }, 'name'],
    [{ capacity: -1 }, 'capacity'],
    [{ capacity: 0 }, 'capacity'],
    [{ capacity: 2001 }, 'capacity'],
    [{ environment: 'x'.repeat(81) }, 'environment'],
    [{ channelId: 'nothing' }, 'channelId'],
    [{ spawn: { position: { x: 301, y: 0, z: 0 } } }, 'spawn.position.x'],
  ];
  for (const [input, field] of wrong)
    expect(await ada.isRefused(CREATE, { input: { name: 'Plaza', ...input } })).toMatchObject({
      code: 'BAD_USER_INPUT',
      fields: { [field]: expect.any(String) },
    });
  expect(await guest.isRefused(CREATE, { input: { name: 'Plaza' } })).toMatchObject({ code: 'FORBIDDEN' });
});

test('its creator and moderators change, lock and delete it', async () => {
  const id = await ada.creates();
  for (const [text, variables] of [
    [UPDATE, { input: { id, name: 'Square' } }],
    [LOCK, { roomId: id, isLocked: true }],
    [DELETE, { id }],
  ] as const)
    expect(await bob.isRefused(text, variables)).toMatchObject({ code: 'FORBIDDEN' });
  expect(await ada.does(UPDATE, { input: { id, name: 'Square' } })).toEqual({
    updateRoom: { name: 'Square', capacity: 50 },
  });
  await ada.does(LOCK, { roomId: id, isLocked: true });
  expect(await bob.cannotJoin(id)).toMatchObject({ code: 'FORBIDDEN' });
  await ada.joins(id);
  await ada.does(LOCK, { roomId: id, isLocked: false });
  await bob.joins(id);
  const frames = await bob.watches(id);
  await frames.take(1);
  expect(await rooms.person('MODERATOR').does(DELETE, { id })).toEqual({ deleteRoom: true });
  expect((await frames.take(1))[0].roomFrames.left.sort()).toEqual([ada.id, bob.id].sort());
  await frames.end();
  for (const person of [ada, bob]) {
    expect(await person.isRefused(READ, { id })).toEqual({ code: 'NOT_FOUND' });
    expect(await person.cannotMove(id, { x: 1 })).toEqual({ code: 'NOT_FOUND' });
  }
});

test('the list has the rooms that the viewer sees, by name', async () => {
  const reader = rooms.person();
  for (const name of ['zz B', 'zz a', 'zz C']) await ada.creates({ name });
  await bob.creates({ name: 'zz private', isPrivate: true });
  const page = async (args: object) => (await reader.does(LIST, { ...args })).rooms;
  const { forward, backward } = await walkBothWays<{ name: string }>(page, 2);
  expect(forward.map(({ name }) => name).filter((name) => name.startsWith('zz'))).toEqual(['zz a', 'zz B', 'zz C']);
  expect(backward).toEqual(forward);
});
