/** Emoji with which people usually answer an emotion. */
import { EmotionLabel } from './emotion-label';
import type { Emotion } from './emotion.type';

/** The maximum number of suggestions for one message. */
export const MAX_SUGGESTED = 3;

const REACTIONS: Record<EmotionLabel, readonly string[]> = {
  [EmotionLabel.JOY]: ['🎉', '😄', '❤️'],
  [EmotionLabel.SADNESS]: ['🫂', '😢', '❤️'],
  [EmotionLabel.ANGER]: ['😠', '🤝', '🙏'],
  [EmotionLabel.DISGUST]: ['😬', '🤢', '👎'],
  [EmotionLabel.FEAR]: ['🫂', '💪', '🤞'],
  [EmotionLabel.SURPRISE]: ['😮', '🤯', '👀'],
  [EmotionLabel.NEUTRAL]: [],
};

/** A friendly text without emotion. */
const FRIENDLY = ['👍', '🙂'];
const FRIENDLY_FROM = 0.3;

export function reactionsTo({ label, sentiment }: Pick<Emotion, 'label' | 'sentiment'>): string[] {
  if (label === EmotionLabel.NEUTRAL) return sentiment >= FRIENDLY_FROM ? [...FRIENDLY] : [];
  return REACTIONS[label].slice(0, MAX_SUGGESTED);
}
