/** Inputs of the mutations on custom roles. */
import { IsText } from '@chat/kit/graphql/text';
import { Field, ID, InputType } from 'type-graphql';
import { Permission } from '../permissions/role';

@InputType({ description: 'A new custom role.' })
export class CreateCustomRoleInput {
  @IsText({ max: 64 })
  @Field({ description: 'Up to 64 characters. CONFLICT if it is taken, without regard to case.' })
  name!: string;

  @IsText({ max: 500 })
  @Field(() => String, { nullable: true, description: 'Its purpose, up to 500 characters.' })
  description?: string | null;

  @Field(() => [Permission], { description: 'The permissions that it gives everywhere.' })
  permissions!: Permission[];
}

@InputType({ description: 'Changes to a custom role. Absent members stay as they are.' })
export class UpdateCustomRoleInput {
  @Field(() => ID, { description: 'Id of the role. NOT_FOUND if there is none.' })
  id!: string;

  @IsText({ max: 64 })
  @Field(() => String, {
    nullable: true,
    description: 'Up to 64 characters. CONFLICT if it is taken, without regard to case.',
  })
  name?: string | null;

  @IsText({ max: 500 })
  @Field(() => String, { nullable: true, description: 'Its purpose, up to 500 characters.' })
  description?: string | null;

  @Field(() => [Permission], { nullable: true, description: 'The permissions that it gives everywhere from now on.' })
  permissions?: Permission[] | null;
}
