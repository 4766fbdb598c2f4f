/** Inputs of the mutations on groups. */
import { IsText } from '@chat/kit/graphql/text';
import { Field, ID, InputType } from 'type-graphql';

@InputType({ description: 'A new group.' })
export class CreateGroupInput {
  @IsText({ min: 0, max: 64 })
  @Field({ description: '2 to 32 letters, digits, dots, hyphens and underscores. CONFLICT if it is taken.' })
  name!: string;

  @IsText({ max: 500 })
  @Field(() => String, { nullable: true, description: 'Its purpose, up to 500 characters.' })
  description?: string | null;

  @Field(() => [ID], { nullable: true, description: 'Ids of the first members, at most 100.' })
  memberIds?: string[] | null;
}
