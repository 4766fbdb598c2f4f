/**
 * The facial expression of an avatar for an emotion: the one place that maps Ekman's emotions to the emotion presets of VRM 1.0. Holds no
 * model of emotions; the messaging subgraph has it. docs/emotion.md explains the choices.
 */

/** The emotion presets of VRMC_vrm 1.0, and `neutral`, the face at rest. */
export const VRM_EXPRESSIONS = ['happy', 'angry', 'sad', 'relaxed', 'surprised', 'neutral'] as const;

export type VrmExpression = (typeof VRM_EXPRESSIONS)[number];

/** Ekman's emotions, and the absence of any. */
export type BasicEmotion = 'anger' | 'disgust' | 'fear' | 'joy' | 'neutral' | 'sadness' | 'surprise';

export interface AvatarExpression {
  expression: VrmExpression;
  /** The weight of the expression, 0 to 1. */
  weight: number;
}

/**
 * VRM has no preset for disgust and fear. Disgust lowers the brows as anger does, and fear opens eyes and mouth as surprise does; both are
 * shown weaker, so that they can be told apart from the emotion that the preset is named after.
 */
const PRESETS: Record<BasicEmotion, { expression: VrmExpression; strength: number }> = {
  joy: { expression: 'happy', strength: 1 },
  anger: { expression: 'angry', strength: 1 },
  disgust: { expression: 'angry', strength: 0.6 },
  sadness: { expression: 'sad', strength: 1 },
  fear: { expression: 'surprised', strength: 0.6 },
  surprise: { expression: 'surprised', strength: 1 },
  neutral: { expression: 'neutral', strength: 0 },
};

/** From this sentiment on, a text without emotion shows a relaxed face. */
const RELAXED_FROM = 0.3;

/** Weaker weights are not visible on most avatars. */
const MIN_WEIGHT = 0.3;

/**
 * The expression for an emotion.
 * @param score how certain the emotion is, 0 to 1; values outside are clamped
 * @param sentiment -1 to 1; tells a relaxed face from one at rest if there is no emotion
 */
export function expressionOf(label: BasicEmotion, score = 1, sentiment = 0): AvatarExpression {
  if (label === 'neutral')
    return sentiment >= RELAXED_FROM
      ? { expression: 'relaxed', weight: Math.min(1, sentiment) }
      : { expression: 'neutral', weight: 0 };
  const { expression, strength } = PRESETS[label];
  const certainty = Math.max(0, Math.min(1, score));
  return { expression, weight: strength * Math.max(MIN_WEIGHT, certainty) };
}
