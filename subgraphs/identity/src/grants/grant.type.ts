/** Grants in the graph. */
import { connectionType } from '@chat/kit/graphql/connection';
import { Field, ID, ObjectType } from 'type-graphql';
import { Group } from '../groups/group.type';
import { Permission } from '../permissions/role';
import { User } from '../users/user.type';

@ObjectType({ description: 'A permission on one resource, given to an account or to a group.' })
export class Grant {
  @Field(() => ID, { description: 'For `revokePermission`.' })
  id!: string;

  @Field(() => User, { nullable: true, description: 'The account that has the grant; absent if a group has it.' })
  user?: User | null;

  @Field(() => Group, { nullable: true, description: 'The group that has the grant; absent if an account has it.' })
  group?: Group | null;

  @Field({ description: "Name of the resource's type in this graph, such as Channel." })
  resourceType!: string;

  @Field(() => ID, { description: 'Id of the resource, or * for all resources of the type.' })
  resourceId!: string;

  @Field(() => Permission, { description: 'The permission. It includes lesser ones.' })
  permission!: Permission;

  @Field({ description: 'Time of the grant.' })
  createdAt!: Date;
}

@ObjectType({ description: 'A page of grants.' })
export class GrantConnection extends connectionType('Grant', () => Grant) {}
