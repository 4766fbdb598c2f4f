/** Groups in the graph. */
import { connectionType } from '@chat/kit/graphql/connection';
import { Directive, Field, ID, Int, ObjectType } from 'type-graphql';
import { User } from '../users/user.type';

@Directive('@key(fields: "id")')
@ObjectType({ description: 'A named set of accounts that can be mentioned and granted permissions together.' })
export class Group {
  @Field(() => ID, { description: 'Opaque and permanent.' })
  id!: string;

  @Field({ description: 'Unique without regard to case. Others mention the group by it, after an @.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'Its purpose.' })
  description!: string | null;
}

@ObjectType({ description: "A page of a group's members." })
export class GroupMemberConnection extends connectionType('GroupMember', () => User) {
  @Field(() => Int, { description: 'Number of members on all pages. Counted only if it is selected.' })
  totalCount!: number;
}
