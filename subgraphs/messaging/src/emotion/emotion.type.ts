// cspell:words kein
/** GraphQL types of emotions. */
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Directive, Field, Float, ObjectType, registerEnumType } from 'type-graphql';
import { EMOTION_LABELS, EmotionLabel, SentimentSource } from './emotion-label';

export enum ExpressionName {
  HAPPY = 'HAPPY',
  ANGRY = 'ANGRY',
  SAD = 'SAD',
  RELAXED = 'RELAXED',
  SURPRISED = 'SURPRISED',
  NEUTRAL = 'NEUTRAL',
}

registerEnumType(ExpressionName, {
  name: 'ExpressionName',
  description: 'An emotion preset of VRM 1.0, or the face at rest.',
  valuesConfig: {
    HAPPY: { description: 'For joy.' },
    ANGRY: { description: 'For anger, and weaker for disgust.' },
    SAD: { description: 'For sadness.' },
    RELAXED: { description: 'For a friendly text without emotion.' },
    SURPRISED: { description: 'For surprise, and weaker for fear.' },
    NEUTRAL: { description: 'No expression.' },
  },
});

@ObjectType({ simpleResolvers: true, description: 'How strongly an emotion shows in a text.' })
export class EmotionScore {
  @Field(() => EmotionLabel, { description: 'The emotion.' })
  label!: EmotionLabel;

  @Field(() => Float, {
    description: 'From 0 to 1; from 0.5 on the emotion is in the text. Several emotions can be in one text.',
  })
  score!: number;
}

@ObjectType({ simpleResolvers: true, description: 'A word, emoji or emoticon with a polarity.' })
export class SentimentTerm {
  @Field({ description: 'The term as it is in the text, in lower case.' })
  term!: string;

  @Field(() => Float, { description: 'From -1 to 1, with negation and degree applied.' })
  polarity!: number;

  @Field({ description: 'Whether a negation such as "not" or "kein" reverses it.' })
  isNegated!: boolean;

  @Field(() => Float, { description: 'Above 1 after an intensifier such as "very", below 1 after "somewhat".' })
  degree!: number;
}

@ObjectType({ simpleResolvers: true, description: 'The facial expression of an avatar.' })
export class AvatarExpression {
  @Field(() => ExpressionName, { description: 'The expression.' })
  name!: ExpressionName;

  @Field(() => Float, { description: 'Its weight, from 0 to 1.' })
  weight!: number;
}

@ObjectType({ simpleResolvers: true, description: 'The emotion and sentiment of a text.' })
export class Emotion {
  @Field(() => EmotionLabel, { description: 'The strongest emotion, or NEUTRAL.' })
  label!: EmotionLabel;

  @Field(() => Float, { description: 'The score of `label`, from 0 to 1.' })
  score!: number;

  @Directive(assumedSize(EMOTION_LABELS.length))
  @Field(() => [EmotionScore], { description: 'The scores of all labels, highest first.' })
  scores!: EmotionScore[];

  @Field({ description: 'The language whose model was used: `en` or `de`.' })
  language!: string;

  @Field(() => Float, { description: 'From -1 (negative) to 1 (positive).' })
  sentiment!: number;

  @Field(() => SentimentSource, { description: 'How `sentiment` was found.' })
  sentimentSource!: SentimentSource;

  @Directive(assumedSize(10))
  @Field(() => [SentimentTerm], { description: 'The terms on which `sentiment` rests, in the order of the text.' })
  sentimentTerms!: SentimentTerm[];

  @Field(() => AvatarExpression, { description: 'The expression that an avatar shows for it.' })
  expression!: AvatarExpression;
}
