/** Inputs of the mutations on grants. */
import { IsText } from '@chat/kit/graphql/text';
import { Field, ID, InputType } from 'type-graphql';
import { Permission } from '../permissions/role';

const RESOURCE_TYPE = "Name of the resource's type in this graph, such as Channel.";
const RESOURCE_ID = 'Id of the resource, or * for all resources of the type (administrators only).';
const PERMISSION = 'The permission. It includes lesser ones.';

@InputType({ description: 'A permission on a resource for an account.' })
export class GrantPermissionInput {
  @Field(() => ID, { description: 'Id of the account. NOT_FOUND if there is none.' })
  userId!: string;

  @IsText({ max: 64 })
  @Field({ description: RESOURCE_TYPE })
  resourceType!: string;

  @IsText({ max: 64 })
  @Field(() => ID, { description: RESOURCE_ID })
  resourceId!: string;

  @Field(() => Permission, { description: PERMISSION })
  permission!: Permission;
}

@InputType({ description: 'A permission on a resource for a group.' })
export class GrantGroupPermissionInput {
  @Field(() => ID, { description: 'Id of the group. NOT_FOUND if there is none.' })
  groupId!: string;

  @IsText({ max: 64 })
  @Field({ description: RESOURCE_TYPE })
  resourceType!: string;

  @IsText({ max: 64 })
  @Field(() => ID, { description: RESOURCE_ID })
  resourceId!: string;

  @Field(() => Permission, { description: PERMISSION })
  permission!: Permission;
}
