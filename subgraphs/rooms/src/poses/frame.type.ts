/** Frames of a room in the graph. room-frames.ts makes them. */
import { assumedSize } from '@chat/kit/graphql/list-sizes';
import { Directive, Field, Float, ID, Int, ObjectType } from 'type-graphql';
import { Quaternion, Vector3 } from '../spatial/transform.type';

@ObjectType({ simpleResolvers: true, description: 'The pose of one occupant in a frame.' })
export class FramePose {
  @Field(() => ID, { description: 'The account.' })
  userId!: string;

  @Field(() => Vector3, { description: 'The position, rounded to centimetres.' })
  position!: Vector3;

  @Field(() => Quaternion, { description: 'The rotation, rounded to thousandths.' })
  rotation!: Quaternion;

  @Field(() => String, { nullable: true, description: 'The name of the animation; null for none.' })
  animation!: string | null;

  @Field(() => String, { nullable: true, description: 'The name of the expression; null for none.' })
  expression!: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'The number of an occupant in packed frames.' })
export class SlotName {
  @Field(() => Int, { description: 'The number.' })
  slot!: number;

  @Field(() => ID, { description: 'The account.' })
  userId!: string;
}

@ObjectType({
  simpleResolvers: true,
  description: 'The poses that have changed since the last frame of the same subscription. The first frame is full.',
})
export class RoomFrame {
  @Field(() => Int, { description: 'Ticks of 50 ms since the room was opened.' })
  tick!: number;

  @Field(() => Date, { description: 'The time of the tick.' })
  at!: Date;

  @Field(() => Float, { description: 'The time of the tick in milliseconds since 1970.' })
  atMs!: number;

  @Field({ description: 'Whether the frame holds all occupants, so that all earlier poses are void.' })
  isFull!: boolean;

  @Directive(assumedSize(20))
  @Field(() => [FramePose], { description: 'Changed poses.' })
  poses!: FramePose[];

  @Field({ description: 'The poses as base64 of fixed-size rows; the package @chat/room-codec reads it.' })
  packed!: string;

  @Directive(assumedSize(2))
  @Field(() => [SlotName], { description: 'Occupants that are new to the subscription, for `packed`.' })
  joined!: SlotName[];

  @Field(() => [ID], { description: 'Accounts that have left.' })
  left!: string[];
}
