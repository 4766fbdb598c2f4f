/** Inputs of the mutations on groups. */
import { IsText } from '@chat/kit/graphql/text';
import { ArrayMaxSize } from 'class-validator';
import { Field, ID, InputType } from 'type-graphql';
import { IsUsername } from '../users/username';

/** Limit of accounts that one call adds. */
export const MAX_MEMBERS_AT_ONCE = 100;

@InputType({ description: 'A new group.' })
export class CreateGroupInput {
  @IsUsername()
  @Field({ description: '2 to 32 letters, digits, dots, hyphens and underscores. CONFLICT if it is taken.' })
  name!: string;

  @IsText({ max: 500 })
  @Field(() => String, { nullable: true, description: 'Its purpose, up to 500 characters.' })
  description?: string | null;

  @ArrayMaxSize(MAX_MEMBERS_AT_ONCE)
  @Field(() => [ID], { nullable: true, description: 'Ids of the first members, at most 100.' })
  memberIds?: string[] | null;
}
