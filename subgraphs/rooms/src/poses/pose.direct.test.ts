/** `move` with and without GraphQL's layers: every request has the same result. */
import 'reflect-metadata';
import { newId } from '@chat/kit/ids';
import { validate } from 'class-validator';
import fc from 'fast-check';
import { QuaternionInput, Vector3Input } from '../spatial/transform.input';
import { startTestRooms, TestGateway, type TestRooms } from '../testing/test-rooms';
import { isPlainMove } from './pose.direct';
import { MoveInput } from './pose.input';

const MOVE = 'mutation Move($input: MoveInput!) { move(input: $input) }';
/** The same; only graphql-js follows its directive. */
const WHOLE = 'mutation Move($input: MoveInput!) { move(input: $input) @include(if: true) }';

let rooms: TestRooms;
beforeAll(async () => void (rooms = await startTestRooms()));
afterAll(() => rooms[Symbol.asyncDispose]());

test('answers and refusals are equal', async () => {
  const [ada, bob] = [rooms.person(), rooms.person()];
  const reader = rooms.byKey(bob, newId(), ['READ']);
  const [id, other] = [await ada.creates(), await ada.creates()];
  await bob.joins(id);
  await bob.moves(id, {}); // the next one is direct
  const at = (more: object, place: object = { x: 1, y: 0, z: 0 }) => ({ roomId: id, position: place, ...more });
  const inputs = [
    at({}),
    at({ rotation: null, animation: null, expression: 'happy' }),
    at({ rotation: { x: 0, y: 0, z: 0, w: 2 }, animation: 'walk' }),
    at({ roomId: id.toUpperCase() }),
    at({ animation: 'é' }),
    at({ animation: ' walk' }),
    at({ animation: '' }),
    at({ expression: 'x'.repeat(41) }),
    at({ expression: 'a\nb' }),
    at({ rotation: { x: 0, y: 0, z: 0, w: 2000 } }),
    at({ rotation: { x: 0, y: 0, z: 0 } }),
    at({ unknown: 1 }),
    at({ roomId: 7 }),
    at({ roomId: other }),
    at({ roomId: 'none' }),
    at({}, { x: 299, y: 0, z: 0 }),
    at({}, { x: 301, y: 0, z: 0 }),
    at({}, { x: '1', y: 0, z: 0 }),
    at({}, { x: 1, y: 0 }),
    null,
  ];
  for (const person of [bob, reader])
    for (const input of inputs) {
      const variables = { input } as never;
      expect([input, await person.asks(MOVE as never, variables)]).toEqual([
        input,
        await person.asks(WHOLE as never, variables),
      ]);
    }
  expect(await bob.asks(MOVE as never, { input: at({}) } as never)).toEqual({ data: { move: true } });
  expect(
    await bob.asks(
      'mutation Move($input: MoveInput!) { gone: move(input: $input) }' as never,
      { input: at({}) } as never,
    ),
  ).toEqual({ data: { gone: true } });
});

test('a seat that another connection holds is a CONFLICT in both', async () => {
  await using gateway = new TestGateway(rooms.config);
  const [ada, bob] = [rooms.person(), rooms.person()];
  const id = await ada.creates();
  await gateway.connects(bob);
  await bob.joins(id);
  const input = { roomId: id, position: { x: 1, y: 0, z: 0 } };
  await bob.does(MOVE, { input });
  await gateway.connects(bob);
  const [direct, whole] = [
    await bob.asks(MOVE as never, { input } as never),
    await bob.asks(WHOLE as never, { input } as never),
  ];
  expect(direct).toMatchObject({ data: null, errors: [{ path: ['move'], extensions: { code: 'CONFLICT' } }] });
  expect(direct).toEqual(whole);
});

const number = fc.oneof(
  { arbitrary: fc.double({ min: -310, max: 310 }), weight: 20 },
  { arbitrary: fc.double(), weight: 1 },
  { arbitrary: fc.integer({ min: -1001, max: 1001 }), weight: 1 },
);
const name = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^[\w .:-]{0,42}$/),
  fc.constantFrom('walk', null),
);
const sparse = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

test('an input that counts as plain passes all rules', async () => {
  const move = fc.record({
    roomId: fc.string(),
    position: fc.record({ x: number, y: number, z: number }),
    rotation: sparse(fc.record({ x: number, y: number, z: number, w: number })),
    animation: sparse(name),
    expression: sparse(name),
  });
  let plain = 0;
  await fc.assert(
    fc.asyncProperty(move, async (given) => {
      if (!isPlainMove(given)) return;
      plain++;
      const input = Object.assign(new MoveInput(), given, {
        position: Object.assign(new Vector3Input(), given.position),
        rotation: given.rotation && Object.assign(new QuaternionInput(), given.rotation),
      });
      expect(await validate(input, { skipMissingProperties: true })).toEqual([]);
    }),
    { numRuns: 400 },
  );
  expect(plain).toBeGreaterThan(20);
});
