/** Custom roles in the graph. */
import { Field, ID, ObjectType } from 'type-graphql';
import { Permission } from '../permissions/role';

@ObjectType({ description: "A named set of permissions on the whole installation, on top of an account's roles." })
export class CustomRole {
  @Field(() => ID, { description: 'Opaque and permanent.' })
  id!: string;

  @Field({ description: 'Unique without regard to case.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Its purpose.' })
  description!: string | null;

  @Field(() => [Permission], { description: 'The permissions that it gives everywhere.' })
  permissions!: Permission[];
}
