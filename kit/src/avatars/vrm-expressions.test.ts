/** The mapping of emotions to expressions of VRM avatars. */
import { expressionOf, VRM_EXPRESSIONS, type BasicEmotion } from './vrm-expressions';

const EMOTIONS: BasicEmotion[] = ['anger', 'disgust', 'fear', 'joy', 'neutral', 'sadness', 'surprise'];

test.each([
  ['joy', 'happy'],
  ['anger', 'angry'],
  ['disgust', 'angry'],
  ['sadness', 'sad'],
  ['fear', 'surprised'],
  ['surprise', 'surprised'],
  ['neutral', 'neutral'],
] as [BasicEmotion, string][])('%s is shown as %s', (emotion, expression) => {
  expect(expressionOf(emotion).expression).toBe(expression);
});

test('emotions without a preset of their own are shown weaker', () => {
  expect(expressionOf('disgust', 0.9).weight).toBeLessThan(expressionOf('anger', 0.9).weight);
  expect(expressionOf('fear', 0.9).weight).toBeLessThan(expressionOf('surprise', 0.9).weight);
});

test('a friendly text without emotion relaxes the face', () => {
  expect(expressionOf('neutral', 0.9, 0.5)).toEqual({ expression: 'relaxed', weight: 0.5 });
  expect(expressionOf('neutral', 0.9, -0.5)).toEqual({ expression: 'neutral', weight: 0 });
});

test('every weight is from 0 to 1', () => {
  for (const emotion of EMOTIONS)
    for (const score of [-1, 0, 0.5, 1, 2]) {
      const { expression, weight } = expressionOf(emotion, score, score);
      expect(VRM_EXPRESSIONS).toContain(expression);
      expect(weight).toBeGreaterThanOrEqual(0);
      expect(weight).toBeLessThanOrEqual(1);
    }
});
