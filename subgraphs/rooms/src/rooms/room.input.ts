/** Inputs that create and change rooms. */
import { IsText } from '@chat/kit/graphql/text';
import { IsInt, IsUUID, Max, Min, ValidateNested } from 'class-validator';
import { Field, ID, InputType, Int } from 'type-graphql';
import { TransformInput } from '../spatial/transform.input';

const MAX_CAPACITY = 2000;
export const DEFAULT_CAPACITY = 50;
export const DEFAULT_ENVIRONMENT = 'plaza';

const NAME = { max: 80 };
const ENVIRONMENT = { max: 80 };

@InputType({ description: 'A room to create.' })
export class CreateRoomInput {
  @IsText(NAME)
  @Field({ description: 'The name, in one line: 1 to 80 characters. Names need not be unique.' })
  name!: string;

  @IsInt()
  @Min(1)
  @Max(MAX_CAPACITY)
  @Field(() => Int, {
    nullable: true,
    description: `The maximum number of occupants: 1 to ${MAX_CAPACITY}, ${DEFAULT_CAPACITY} by default.`,
  })
  capacity?: number | null;

  @IsText(ENVIRONMENT)
  @Field(() => String, {
    nullable: true,
    description: `A built-in environment (plaza, office, auditorium, garden) or the id of a glTF file; ${DEFAULT_ENVIRONMENT} by default. Clients show unknown names as the default.`,
  })
  environment?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether occupants come back to their last pose; false by default. Objects are always durable.',
  })
  persistent?: boolean | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the room needs a grant on `Room`; false by default.',
  })
  isPrivate?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether accounts wait in a lobby; false by default.' })
  hasLobby?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether guests may join; false by default.' })
  openToGuests?: boolean | null;

  @IsUUID()
  @Field(() => ID, { nullable: true, description: 'A text channel for the room; the channel decides who reads it.' })
  channelId?: string | null;

  @ValidateNested()
  @Field(() => TransformInput, {
    nullable: true,
    description: 'The pose in which occupants begin; the origin by default.',
  })
  spawn?: TransformInput | null;
}

@InputType({ description: 'Changes to a room. Absent fields stay unchanged.' })
export class UpdateRoomInput {
  @Field(() => ID, { description: 'The room.' })
  id!: string;

  @IsText(NAME)
  @Field(() => String, { nullable: true, description: 'A new name: 1 to 80 characters.' })
  name?: string | null;

  @IsInt()
  @Min(1)
  @Max(MAX_CAPACITY)
  @Field(() => Int, {
    nullable: true,
    description: `A new capacity: 1 to ${MAX_CAPACITY}. Occupants beyond it stay.`,
  })
  capacity?: number | null;

  @IsText(ENVIRONMENT)
  @Field(() => String, { nullable: true, description: 'A new environment.' })
  environment?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether accounts wait in a lobby.' })
  hasLobby?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether guests may join. Guests that are present stay.' })
  openToGuests?: boolean | null;
}
