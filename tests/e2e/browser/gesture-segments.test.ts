/** Images of a hand become gestures: a pose once the hand rests, a movement once it ends. */
import { GestureSegments, type HandPoints } from '../../../web/src/gestures/gesture-segments';

/** A hand of 100 pixels with its wrist at `x`. @param bend moves the finger tips towards the palm, in pixels */
const hand = (x: number, bend = 0): HandPoints =>
  Array.from({ length: 21 }, (_, index) => ({
    x: x + index,
    y: index === 0 ? 0 : -100 - (index % 4 === 0 ? -bend : index),
  }));

/** Ten images a second. @returns the number of frames of each gesture, by the number of its image */
function gesturesOf(images: (HandPoints | undefined)[]): Record<number, number> {
  const segments = new GestureSegments();
  const found = images.map((landmarks, index) => segments.next(index * 100, landmarks)?.length);
  return Object.fromEntries(found.flatMap((frames, index) => (frames === undefined ? [] : [[index, frames]])));
}

const repeat = <Value>(value: Value, times: number): Value[] => Array<Value>(times).fill(value);

test('a hand that rests is one pose, however long it stays and however little it trembles', () => {
  expect(gesturesOf(repeat(hand(0), 3))).toEqual({});
  expect(gesturesOf(repeat(hand(0), 50))).toEqual({ 4: 1 });
  expect(gesturesOf(Array.from({ length: 50 }, (_, index) => hand((index % 2) * 8)))).toEqual({ 4: 1 });
});

test('another pose of the same hand, and the same pose after an absence, are given again', () => {
  expect(gesturesOf([...repeat(hand(0), 10), ...repeat(hand(0, 80), 10)])).toEqual({ 4: 1, 14: 1 });
  expect(gesturesOf([...repeat(hand(0), 10), undefined, ...repeat(hand(0), 10)])).toEqual({ 4: 1, 15: 1 });
});

test('a hand that travels is a movement, which ends with its rest', () => {
  const wave = [0, 60, 120, 60, 0, 60, 120].map((x) => hand(x));
  expect(gesturesOf([...wave, ...repeat(hand(120), 4)])).toEqual({ 10: 11 });
  // The place in which it ends is no pose of its own.
  expect(gesturesOf([...wave, ...repeat(hand(120), 30)])).toEqual({ 10: 11 });
});

test('a movement without an end is divided', () => {
  const waving = Array.from({ length: 70 }, (_, index) => hand(index % 2 ? 0 : 80));
  expect(gesturesOf(waving)).toEqual({ 30: 31, 60: 31 });
});

test('a hand on its way is no gesture', () => {
  expect(gesturesOf([0, 40, 80].map((x) => hand(x)))).toEqual({});
});
