/** Emotions by Ekman, and the absence of any. */
import { registerEnumType } from 'type-graphql';

export enum EmotionLabel {
  ANGER = 'ANGER',
  DISGUST = 'DISGUST',
  FEAR = 'FEAR',
  JOY = 'JOY',
  NEUTRAL = 'NEUTRAL',
  SADNESS = 'SADNESS',
  SURPRISE = 'SURPRISE',
}

export const EMOTION_LABELS = Object.values(EmotionLabel);

registerEnumType(EmotionLabel, {
  name: 'EmotionLabel',
  description: "One of Ekman's six basic emotions, or none of them.",
  valuesConfig: {
    ANGER: { description: 'Anger, annoyance, disapproval.' },
    DISGUST: { description: 'Disgust, contempt.' },
    FEAR: { description: 'Fear, nervousness.' },
    JOY: { description: 'Joy in the wide sense: amusement, approval, gratitude, love, pride, optimism, relief.' },
    NEUTRAL: { description: 'No emotion.' },
    SADNESS: { description: 'Sadness, disappointment, grief, remorse.' },
    SURPRISE: { description: 'Surprise, realisation, confusion, curiosity.' },
  },
});

/** How a sentiment was found. */
export enum SentimentSource {
  WORDS = 'WORDS',
  EMOTION = 'EMOTION',
  NONE = 'NONE',
}

registerEnumType(SentimentSource, {
  name: 'SentimentSource',
  description: 'How a sentiment was found.',
  valuesConfig: {
    WORDS: { description: 'From words, emoji and emoticons with a polarity, which `sentimentTerms` lists.' },
    EMOTION: { description: 'From the scores of the emotions, because no word with a polarity was found.' },
    NONE: { description: 'The text has nothing that could be judged; the sentiment is 0.' },
  },
});
