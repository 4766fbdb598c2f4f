/** The recognition of gestures: poses and movements that the models never saw, its speed, and wrong landmarks. */
import type { Data } from '@chat/kit/testing/person';
import type { RoomPerson } from '../testing/room-person';
import { startTestRooms, type TestRooms } from '../testing/test-rooms';
import { POSES, type Point } from './model/pose-model';
import { recognize, recognizePose } from './recognize';
import { syntheticPose } from './training/hand-model';
import { seeded } from './training/random';

const RECOGNIZE = `mutation ($input: RecognizeGestureInput!) { recognizeGesture(input: $input) {
  gesture confidence candidates { gesture confidence } } }`;

const random = seeded(2026);

test.each(POSES)('%s of unseen hands is recognised', (pose) => {
  const hands = Array.from({ length: 300 }, () => syntheticPose(pose, random));
  const right = hands.filter((hand) => recognizePose(hand)[0]!.gesture === pose);
  expect(right.length / hands.length).toBeGreaterThan(0.9);
});

/** A hand that moves along a path, in parts of the image; 30 frames a second. */
function moving(path: (seconds: number) => Point, seconds: number) {
  const hand = syntheticPose('POINTING', random).map(({ x, y }) => ({ x: x * 0.08, y: y * 0.08 }));
  return Array.from({ length: Math.round(seconds * 30) }, (_, frame) => {
    const at = path(frame / 30);
    return { atMs: (frame * 1000) / 30, landmarks: hand.map(({ x, y }) => ({ x: x + at.x, y: y + at.y })) };
  });
}

const circle = (direction: number) => (time: number) => ({
  x: 0.5 + 0.15 * Math.cos(direction * time * 2 * Math.PI),
  y: 0.5 + 0.15 * Math.sin(direction * time * 2 * Math.PI),
});

test.each<[string, (time: number) => Point]>([
  ['CIRCLE_CLOCKWISE', circle(1)], // y points down
  ['CIRCLE_COUNTERCLOCKWISE', circle(-1)],
  ['SWIPE', (time) => ({ x: 0.2 + 0.6 * time, y: 0.5 })],
  ['WAVE', (time) => ({ x: 0.5 + 0.12 * Math.sin(time * 4 * Math.PI), y: 0.5 })],
  ['STILL', () => ({ x: 0.5, y: 0.5 })],
])('%s is recognised', (gesture, path) => {
  expect(recognize(moving(path, 1))[0]).toMatchObject({ gesture, confidence: expect.any(Number) });
  const pixels = moving(path, 1).map(({ atMs, landmarks }) => ({
    atMs,
    landmarks: landmarks.map(({ x, y }) => ({ x: x * 640, y: y * 640 })),
  }));
  expect(recognize(pixels)[0]!.gesture).toBe(gesture);
});

test('a recognition takes less than a millisecond', () => {
  const frames = moving(circle(1), 1);
  for (let run = 0; run < 200; run++) recognize(frames);
  const began = performance.now();
  for (let run = 0; run < 500; run++) {
    recognize(frames);
    recognizePose(frames[0]!.landmarks);
  }
  expect((performance.now() - began) / 1000).toBeLessThan(1);
});

describe('through the graph', () => {
  let rooms: TestRooms;
  let ada: RoomPerson;
  let bob: RoomPerson;
  beforeAll(async () => {
    rooms = await startTestRooms();
    [ada, bob] = [rooms.person(), rooms.person()];
  });
  afterAll(() => rooms[Symbol.asyncDispose]());

  const hand = { atMs: 0, landmarks: syntheticPose('THUMB_UP', seeded(7)) };

  test('a gesture is told to the room of its occupant', async () => {
    const roomId = await ada.creates();
    const input = { roomId, frames: [hand] };
    expect(await ada.isRefused(RECOGNIZE, { input })).toMatchObject({ code: 'FORBIDDEN' });
    await ada.joins(roomId);
    const events = await bob.hears(roomId);
    const { recognizeGesture } = await ada.does(RECOGNIZE, { input });
    expect(recognizeGesture.gesture).toBe('THUMB_UP');
    const total = recognizeGesture.candidates.reduce((sum: number, { confidence }: Data) => sum + confidence, 0);
    expect(total).toBeCloseTo(1, 2);
    expect((await events.take(1))[0].roomEvents).toMatchObject({
      __typename: 'GesturePerformed',
      user: { id: ada.id },
      gesture: 'THUMB_UP',
    });
    await events.end();
    const hidden = await ada.creates({ isPrivate: true });
    expect(await bob.isRefused(RECOGNIZE, { input: { ...input, roomId: hidden } })).toEqual({ code: 'NOT_FOUND' });
  });

  test('wrong landmarks are refused and named', async () => {
    const wrong: [object[], string][] = [
      [[], 'frames'],
      [Array.from({ length: 10_000 }, () => ({ atMs: 0, landmarks: [] })), 'frames'],
      [[{ ...hand, landmarks: hand.landmarks.slice(1) }], 'frames.0.landmarks'],
      [[{ ...hand, landmarks: [{ x: 1e30, y: 0 }, ...hand.landmarks.slice(1)] }], 'frames.0.landmarks.0.x'],
    ];
    for (const [frames, field] of wrong) {
      const refusal = await bob.isRefused(RECOGNIZE, { input: { frames } });
      expect(refusal).toMatchObject({ code: 'BAD_USER_INPUT' });
      expect(refusal.fields).toHaveProperty([field]);
    }
    const same = { atMs: 0, landmarks: Array.from({ length: 21 }, () => ({ x: 0.5, y: 0.5 })) };
    for (const frames of [[same], [same, same], [same, same, same]])
      expect((await bob.does(RECOGNIZE, { input: { frames } })).recognizeGesture.confidence).toEqual(
        expect.any(Number),
      );
  });
});
