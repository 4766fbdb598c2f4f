// cspell:words macht traurig
/** Emotions in the contract's operations. */
import type { Person } from '../harness/person';
import type { System } from '../harness/system';

export function emotions(system: System): void {
  let ada: Person;
  beforeAll(async () => {
    [ada] = await system.people('ada');
  });

  test.each([
    ['What a wonderful day, thank you!', 'en', 'JOY', 1],
    ['Das macht mich so traurig.', 'de', 'SADNESS', -1],
  ])('%s', async (text, locale, label, sign) => {
    const emotion = await ada.does('EmotionOf', { text, locale });
    expect(emotion.label).toBe(label);
    expect(Math.sign(emotion.sentiment)).toBe(sign);
    expect(emotion.scores[0]).toEqual({ label, score: emotion.score });
  });
}
