/** Hand landmarks for the recognition of gestures. */
import { ArrayMaxSize, ArrayMinSize, IsNumber, Max, Min, ValidateNested } from 'class-validator';
import { Field, Float, ID, InputType } from 'type-graphql';
import { LANDMARKS } from './recognize';

/** The most frames of one movement. */
const MAX_FRAMES = 256;
const MAX_COORDINATE = 100_000;

@InputType({ description: 'A point of a hand, as a part of the image or in pixels; y points down.' })
export class LandmarkInput {
  @Min(-MAX_COORDINATE)
  @Max(MAX_COORDINATE)
  @Field(() => Float, { description: 'To the right.' })
  x!: number;

  @Min(-MAX_COORDINATE)
  @Max(MAX_COORDINATE)
  @Field(() => Float, { description: 'Down.' })
  y!: number;

  @Min(-MAX_COORDINATE)
  @Max(MAX_COORDINATE)
  @Field(() => Float, { nullable: true, description: 'Away from the camera; not used.' })
  z?: number | null;
}

@InputType({ description: 'The landmarks of a hand at one moment.' })
export class HandFrameInput {
  @IsNumber()
  @Field(() => Float, { description: 'The time in milliseconds, from any beginning.' })
  atMs!: number;

  @ArrayMinSize(LANDMARKS)
  @ArrayMaxSize(LANDMARKS)
  @ValidateNested({ each: true })
  @Field(() => [LandmarkInput], { description: `The ${LANDMARKS} points, in MediaPipe's order.` })
  landmarks!: LandmarkInput[];
}

@InputType({ description: 'A gesture to recognise.' })
export class RecognizeGestureInput {
  @Field(() => ID, {
    nullable: true,
    description: 'A room in which the viewer has a seat: its followers receive the gesture. None by default.',
  })
  roomId?: string | null;

  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_FRAMES)
  @ValidateNested({ each: true })
  @Field(() => [HandFrameInput], {
    description: `One frame for a pose; several for a movement, at most ${MAX_FRAMES}.`,
  })
  frames!: HandFrameInput[];
}
