/** No ghosts: random runs of joins, leaves, kills and reconnects over two processes. `npm run ghosts` has a thousand of them. */
import { eventually } from '@chat/kit/testing/eventually';
import { seeded } from '../gestures/training/random';
import { GhostRun, type GhostWorld } from '../testing/ghost-run';
import { RoomsProcess } from '../testing/rooms-process';
import { startTestRooms, TestGateway, type TestRooms } from '../testing/test-rooms';

const RUNS = 20;
/** On a quiet machine a seat ends within two seconds. This machine may be busy. */
const PATIENCE_MS = 10_000;

let rooms: TestRooms;
let world: GhostWorld;
beforeAll(async () => {
  rooms = await startTestRooms();
  world = { rooms, another: await RoomsProcess.start(rooms.config), gateway: new TestGateway(rooms.config) };
});
afterAll(async () => {
  await world.another[Symbol.asyncDispose]();
  await world.gateway[Symbol.asyncDispose]();
  await rooms[Symbol.asyncDispose]();
});

test('occupants and objects are right after a process of the subgraph was killed', async () => {
  const [ada, bob] = [rooms.person(), rooms.person()];
  const id = await ada.creates();
  const there = rooms.overHttp(bob, world.another.url);
  there.connection = await world.gateway.connects(bob);
  await there.joins(id);
  await there.moves(id, { x: 2 });
  await there.does('mutation ($input: PlaceObjectInput!) { placeObject(input: $input) { id } }', {
    input: { roomId: id, kind: 'door', transform: { position: { x: 1, y: 0, z: 1 } } },
  });
  const expected = {
    occupantCount: 1,
    occupants: [{ user: { id: bob.id }, pose: { position: { x: 2 } } }],
    objects: [{ kind: 'door', state: { open: false } }],
  };
  expect(await ada.sees(id)).toMatchObject(expected);
  world.another.kill();
  expect(await ada.sees(id)).toMatchObject(expected);
  await world.another.ready();
  // The seat is still bound to the connection, and ends with it.
  await world.gateway.disconnects(bob, there.connection);
  await eventually(async () => (await ada.meets(id)).length === 0, 'the end of the seat');
  expect(await ada.sees(id)).toMatchObject({ occupantCount: 0, objects: expected.objects });
  expect(await there.sees(id)).toMatchObject({ occupantCount: 0, objects: expected.objects });
});

test('occupants and objects are right after a gateway was killed in the middle of changes', async () => {
  const [ada, bob] = [rooms.person(), rooms.person()];
  const id = await ada.creates();
  const doomed = new TestGateway(rooms.config);
  await doomed.connects(bob);
  await bob.joins(id);
  const input = { roomId: id, kind: 'lamp', transform: { position: { x: 1, y: 0, z: 1 } } };
  const { placeObject } = await bob.does('mutation ($input: PlaceObjectInput!) { placeObject(input: $input) { id } }', {
    input,
  });
  const update = 'mutation ($input: UpdateObjectInput!) { updateObject(input: $input) { version } }';
  const changed = bob.does(update, { input: { id: placeObject.id, version: 1, state: { on: true } } });
  doomed.dies();
  await changed;
  const expected = [{ id: placeObject.id, state: { on: true }, version: 2 }];
  await eventually(async () => (await ada.meets(id)).length === 0, 'the end of the seat', PATIENCE_MS);
  for (const person of [ada, rooms.overHttp(ada, world.another.url)])
    expect(await person.sees(id)).toMatchObject({ occupantCount: 0, objects: expected });
});

test(`no seat is left behind in ${RUNS} random runs`, async () => {
  const seed = Math.floor(Math.random() * 1e9);
  const runs = await Promise.all(
    Array.from({ length: RUNS }, (_, index) => GhostRun.begin(world, seeded(seed + index))),
  );
  await Promise.all(runs.map((run) => run.play()));
  await Promise.all(runs.map((run) => run.settles(PATIENCE_MS)));
  for (const run of runs) await run.end();
});

test('joining and leaving many times leaves nothing behind', async () => {
  const [ada, bob] = [rooms.person(), rooms.person()];
  const id = await ada.creates();
  for (let round = 0; round < 100; round++) {
    await bob.joins(id);
    await bob.leaves(id);
  }
  expect(await ada.sees(id)).toMatchObject({ occupantCount: 0, occupants: [] });
  expect((await bob.joins(id)).slot).toBe(0);
});
