/** Access to emotions: all accounts may analyse a text; readers of a message see its emotion. */
import { isLoggedIn, withParent, type Policy } from '@chat/kit/graphql/policy';

export const emotionPolicy: Policy = {
  fields: {
    Query: { analyzeEmotion: isLoggedIn },
    Message: withParent('emotion', 'suggestedReactions'),
    Emotion: withParent(
      'label',
      'score',
      'scores',
      'language',
      'sentiment',
      'sentimentSource',
      'sentimentTerms',
      'expression',
    ),
    EmotionScore: withParent('label', 'score'),
    SentimentTerm: withParent('term', 'polarity', 'isNegated', 'degree'),
    AvatarExpression: withParent('name', 'weight'),
  },
  references: {},
};
