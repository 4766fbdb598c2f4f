/** Recognised gestures in the graph. */
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Directive, Field, Float, ObjectType } from 'type-graphql';

const NAMES =
  'Poses: OPEN_HAND, FIST, POINTING, OK, VICTORY, THUMB_UP, THUMB_DOWN. Movements: WAVE, CIRCLE_CLOCKWISE, CIRCLE_COUNTERCLOCKWISE, SWIPE, MOVING, STILL.';

@ObjectType({ simpleResolvers: true, description: 'A gesture with the confidence of its recognition.' })
export class GestureCandidate {
  @Field({ description: NAMES })
  gesture!: string;

  @Field(() => Float, { description: 'Probability by the model, 0 to 1.' })
  confidence!: number;
}

@ObjectType({ simpleResolvers: true, description: 'The outcome of a recognition.' })
export class RecognizedGesture {
  @Field({ description: `The most probable gesture. ${NAMES}` })
  gesture!: string;

  @Field(() => Float, { description: 'Probability by the model, 0 to 1.' })
  confidence!: number;

  @Directive(assumedSize(7))
  @Field(() => [GestureCandidate], { description: 'All gestures that the model knows, the most probable first.' })
  candidates!: GestureCandidate[];
}
