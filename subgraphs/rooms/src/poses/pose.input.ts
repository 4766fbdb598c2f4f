/** Inputs of movements. */
import { IsText } from '@chat/kit/graphql/text';
import { Matches, ValidateNested } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import { QuaternionInput, Vector3Input } from '../spatial/transform.input';

/** Names of animations and expressions. */
const NAME_PATTERN = /^[\p{L}\p{N}][\p{L}\p{N} _.:-]{0,39}$/u;
const NAME = { max: 40 };
const MESSAGE = { message: 'must be a name of letters, digits, spaces and _ . : -' };

@InputType({ description: "The viewer's next pose in a room." })
export class MoveInput {
  @Field(() => ID, { description: 'The room, in which the viewer must have a seat.' })
  roomId!: string;

  @ValidateNested()
  @Field(() => Vector3Input, { description: 'The position. BAD_USER_INPUT if it is too far from the last one.' })
  position!: Vector3Input;

  @ValidateNested()
  @Field(() => QuaternionInput, { nullable: true, description: 'The rotation; unchanged by default.' })
  rotation?: QuaternionInput | null;

  @IsText(NAME)
  @Matches(NAME_PATTERN, MESSAGE)
  @Field(() => String, { nullable: true, description: 'The animation: at most 40 characters; unchanged by default.' })
  animation?: string | null;

  @IsText(NAME)
  @Matches(NAME_PATTERN, MESSAGE)
  @Field(() => String, { nullable: true, description: 'The expression: at most 40 characters; unchanged by default.' })
  expression?: string | null;
}
