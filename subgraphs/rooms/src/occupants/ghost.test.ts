/** No ghosts: random runs of joins, leaves, kills and reconnects over two processes. `npm run ghosts` has a thousand of them. */
import { seeded } from '../gestures/training/random';
import { GhostRun, type GhostWorld } from '../testing/ghost-run';
import { startTestRooms, TestGateway, type TestRooms } from '../testing/test-rooms';

const RUNS = 20;
/** On a quiet machine a seat ends within two seconds. This machine may be busy. */
const PATIENCE_MS = 10_000;

let rooms: TestRooms;
let world: GhostWorld;
beforeAll(async () => {
  rooms = await startTestRooms();
  world = { rooms, another: await rooms.startAnother(), gateway: new TestGateway(rooms.config) };
});
afterAll(async () => {
  await world.gateway[Symbol.asyncDispose]();
  await rooms[Symbol.asyncDispose]();
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
