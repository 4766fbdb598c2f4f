/** A permission on one resource, given to an account or a group. */
import { IsText } from '@chat/kit/graphql/text';
import { connectionType } from '@chat/kit/graphql/connection';
import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Group } from '../groups/group.type';
import { Permission } from '../roles/role';
import { User } from '../users/user.type';

@Entity({ tableName: 'grants' })
@ObjectType({ description: 'A permission on one resource, given to an account or to a group.' })
export class Grant {
  @PrimaryKey({ type: 'uuid' })
  @Field(() => ID, { description: 'For `revokePermission`.' })
  id!: string;

  @Property({ type: 'uuid', nullable: true })
  userId!: string | null;

  @Property({ type: 'uuid', nullable: true })
  groupId!: string | null;

  @Field(() => User, { nullable: true, description: 'The account that has it; absent where a group has it.' })
  user?: User | null;

  @Field(() => Group, { nullable: true, description: 'The group that has it; absent where an account has it.' })
  group?: Group | null;

  @Property({ type: 'text' })
  @Field({ description: "Name of the resource's type in this graph, such as Channel." })
  resourceType!: string;

  @Property({ type: 'text' })
  @Field(() => ID, { description: 'Of the resource, or * for all of its type.' })
  resourceId!: string;

  @Property({ type: 'text' })
  @Field(() => Permission, { description: 'What is allowed; it includes those before it.' })
  permission!: Permission;

  @Property({ type: 'uuid', nullable: true })
  grantedBy!: string | null;

  @Property({ type: 'timestamptz' })
  @Field({ description: 'When it was given.' })
  createdAt!: Date;
}

@ObjectType({ description: 'A page of grants.' })
export class GrantConnection extends connectionType('Grant', () => Grant) {}

@InputType({ description: 'A permission on a resource for an account.' })
export class GrantPermissionInput {
  @Field(() => ID, { description: 'Of the account. NOT_FOUND where there is none.' })
  userId!: string;

  @IsText({ max: 64 })
  @Field({ description: "Name of the resource's type in this graph, such as Channel." })
  resourceType!: string;

  @IsText({ max: 64 })
  @Field(() => ID, { description: 'Of the resource, or * for all of its type (administrators only).' })
  resourceId!: string;

  @Field(() => Permission, { description: 'What is allowed; it includes those before it.' })
  permission!: Permission;
}

@InputType({ description: 'A permission on a resource for a group.' })
export class GrantGroupPermissionInput {
  @Field(() => ID, { description: 'Of the group. NOT_FOUND where there is none.' })
  groupId!: string;

  @IsText({ max: 64 })
  @Field({ description: "Name of the resource's type in this graph, such as Channel." })
  resourceType!: string;

  @IsText({ max: 64 })
  @Field(() => ID, { description: 'Of the resource, or * for all of its type (administrators only).' })
  resourceId!: string;

  @Field(() => Permission, { description: 'What is allowed; it includes those before it.' })
  permission!: Permission;
}
